// Package oauth keeps the access token of one client: it logs in in two steps (a code,
// then a token for it), renews the token in time, one login at a time, and lets
// credentials rest that were refused.
package oauth
