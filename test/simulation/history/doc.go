// Package history plays what people do to the operator and around it: they apply, edit and
// delete manifests, lose a status, change a password, move money at the issuer's console.
// A History is data: it can be generated from a seed, cut down, printed as a story, and
// played again.
package history
