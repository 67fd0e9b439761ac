// Package wire reads the values of an issuer's JSON. What identity or money depends on is
// strict: a value of another type than documented is an error, which names the field and
// never quotes the value. The rest is lenient, bounded, and empty where it cannot be read.
package wire
