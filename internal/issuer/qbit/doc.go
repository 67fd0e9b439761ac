// Package qbit speaks the Qbit v1 dialect (Quantum Card, prefix /open-api/v1), and that
// of its white label iPeakoin.
//
// Section numbers in comments are those of docs/issuers/qbit-v1.md. What the vendor's document
// leaves open is marked [assumed] there and is an Option here.
package qbit
