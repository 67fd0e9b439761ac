// Package session makes the calls of a logged-in client of the vendor's open APIs: one
// exchange with the token and the envelope, read strictly, and lists made of such
// exchanges. What the dialects differ in is a Dialect.
package session
