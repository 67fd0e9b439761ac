// Package webhook receives what card issuers send by themselves. A message is a hint: it is
// bounded, verified by its issuer's adapter, told from its repetitions, and then only asks
// for a look. Nothing in it is believed.
//
// The one thing that is taken from a message is a one-time code of 3-D Secure, which cannot
// be asked for later. It goes into a Secret of the card that it is for, where the card's
// owner has asked for that, and nowhere else.
//
// Any replica may receive a message; the one that leads works. So a hint is an annotation on
// the CardIssuer, which its controller follows.
package webhook
