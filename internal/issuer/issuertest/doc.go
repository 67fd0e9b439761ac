// Package issuertest is what the tests of the adapters share: a scripted server, what a
// server may do to a call and what must be made of it, lists that misbehave, and secrets
// that no error may show.
package issuertest
