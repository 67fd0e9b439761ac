package qitech

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/card-operator/card-operator/internal/issuer"
)

// Bounds of names in characters (§3.1).
const (
	maxCardName    = 15
	minPrintedName = 2
	maxPrintedName = 26
)

// printedName is what a card is printed with: Latin letters and spaces. Accents are folded;
// whether they count as special characters is not documented. The problem says what does
// not fit, without the name. It is a pure function.
func printedName(h issuer.Cardholder) (name, problem string) {
	folded := strings.Join(strings.Fields(fold(h.FirstName+" "+h.LastName)), " ")
	switch {
	case len(folded) < minPrintedName:
		return "", "a card is printed with first and last name, 2 to 26 letters"
	case len(folded) > maxPrintedName:
		return "", "first and last name may have 26 letters and spaces together"
	}
	for _, r := range folded {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != ' ' {
			return "", "a card is printed with Latin letters and spaces only: no digits and no special characters"
		}
	}
	return folded, ""
}

// fold takes the accents off letters.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
