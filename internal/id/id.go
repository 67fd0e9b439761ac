// Package id computes the identities that make effects at the issuer recognisable.
// They are computed, never drawn: whoever has the object and the issuer's records can
// tell what has been done (docs/design.md, "The issuer's ledger is the truth").
package id

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// namespace is the project's UUID namespace. Changing it would orphan every payment
// ever made, so it never changes.
var namespace = uuid.MustParse("6f1d4f3e-5a0e-5d0b-9c63-2b1f0f6c7a11")

// TokenLength is the length of an object's token in characters.
const TokenLength = 13

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Token is the correlator that the issuer stores with a budget or a card: 13 base32
// characters (65 bits) of SHA-256 over the object's identity. incarnation grows when
// the remote object was closed for good and is wanted again.
func Token(ownerID, kind, namespace, name string, incarnation int64) string {
	sum := sha256.Sum256([]byte(join(ownerID, kind, namespace, name, strconv.FormatInt(incarnation, 10))))
	return lowerBase32.EncodeToString(sum[:])[:TokenLength]
}

// Movement is the client transaction id of the n-th movement of one purpose ("fund",
// "hold") on one remote object.
func Movement(remoteID, purpose string, n int64) string {
	return derive(remoteID, purpose, strconv.FormatInt(n, 10))
}

// Creation is the client transaction id of a creation, derived from its token.
func Creation(token string) string { return derive("create", token) }

// Order is the key of one order under an intent: repeats of it have the same key, and what is
// ordered otherwise under the same intent, after a definite refusal, has another. says are the
// fields that tell orders apart; none of them may change while the intent is open.
func Order(intentID string, says ...string) string {
	return derive(append([]string{"order", intentID}, says...)...)
}

// Cardholder is the id of registering a person: the same for all cards of that person.
func Cardholder(ownerID, firstName, lastName, email string) string {
	return derive("cardholder", ownerID, firstName, lastName, email)
}

// Closing is the client transaction id of a card's deletion.
func Closing(remoteID string) string { return derive("close", remoteID) }

// Payment is the client transaction id of a Withdrawal that names no payment id itself.
func Payment(ownerID, namespace, name string) string {
	return derive("withdrawal", ownerID, namespace, name)
}

func derive(parts ...string) string {
	return uuid.NewSHA1(namespace, []byte(join(parts...))).String()
}

// join is injective: ("a","bc") and ("ab","c") differ.
func join(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strconv.Itoa(len(p)))
		b.WriteByte(':')
		b.WriteString(p)
	}
	return b.String()
}
