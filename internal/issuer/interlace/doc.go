// Package interlace speaks the Interlace v3 dialect of the Quantum Card (prefix
// /open-api/v3), the successor of the one in package qbit.
//
// Section numbers in comments are those of docs/issuers/interlace-v3.md. The vendor's
// document fixes the objects and has no list of endpoints: what is marked [assumed] there
// is an Option here or a line in Capabilities.Assumed.
package interlace
