package id

import (
	"strings"
	"unicode/utf8"
)

// closedMark ends the name of a budget that was drained and closed.
const closedMark = "-closed"

// leastText is how many bytes of a human text say anything.
const leastText = 4

// Tag appends the token to a human text, shortening the text so that the whole stays
// within limit bytes. Where there is room for less than a word of it the token stands alone.
func Tag(text, token string, limit int) string {
	room := limit - len(token) - 1
	if text == "" || room < leastText {
		return token
	}
	if len(text) > room {
		for room > 0 && !utf8.RuneStart(text[room]) {
			room--
		}
		text = text[:room]
	}
	return text + "-" + token
}

// TagClosed is Tag for something that was closed for good where the issuer has no call
// to close it.
func TagClosed(text, token string, limit int) string {
	return Tag(text, token, limit-len(closedMark)) + closedMark
}

// TokenIn finds the token that Tag or TagClosed put into a label, in any case and with space
// around it: some issuers keep names in upper case or at a fixed length, and a card whose token
// is not seen is ordered again. Another text whose last word has the form of a token is found
// too; it is nobody's, since a token is a digest that its object is asked for.
func TokenIn(label string) (token string, closed, found bool) {
	label = strings.TrimSpace(label)
	if cut := len(label) - len(closedMark); cut >= 0 && strings.EqualFold(label[cut:], closedMark) {
		label, closed = label[:cut], true
	}
	if len(label) < TokenLength {
		return "", false, false
	}
	rest, last := label[:len(label)-TokenLength], label[len(label)-TokenLength:]
	if rest != "" && !strings.HasSuffix(rest, "-") {
		return "", false, false
	}
	token, found = foldToken(last)
	return token, closed && found, found
}

// foldToken is the token that a text is. It folds ASCII alone: other letters have no place in
// one, and some of them would become ASCII.
func foldToken(text string) (string, bool) {
	folded := []byte(text)
	for i, c := range folded {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return "", false
		}
		folded[i] = c
	}
	return string(folded), true
}

// SameLabel reports whether an issuer shows a label as it was asked for, but for its case and
// space around it.
func SameLabel(asked, shown string) bool {
	return strings.EqualFold(strings.TrimSpace(asked), strings.TrimSpace(shown))
}
