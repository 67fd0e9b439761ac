// Package mishap holds no code but tests: the reconcilers of all kinds, run by the engine
// over a fake API server, an issuer of few words and a clock that is told to move. Each test
// is a mishap that was once found to cost money or to wear the issuer out.
package mishap
