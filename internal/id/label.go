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

// TokenIn finds the token that Tag or TagClosed put into a label.
func TokenIn(label string) (token string, closed, found bool) {
	label, closed = strings.CutSuffix(label, closedMark)
	if len(label) < TokenLength {
		return "", false, false
	}
	rest, token := label[:len(label)-TokenLength], label[len(label)-TokenLength:]
	if rest != "" && !strings.HasSuffix(rest, "-") {
		return "", false, false
	}
	for _, c := range []byte(token) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return "", false, false
		}
	}
	return token, closed, true
}
