package qbit

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/signing"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// Verify implements issuer.Listener: sign is the lower-case hexadecimal HMAC-SHA256, under
// the client's secret, of a text made of data alone (§10). A message tells no time that is
// signed, so an old one passes: it is a hint and no more.
func (c *Client) Verify(webhook issuer.Webhook) (issuer.Notice, error) {
	var m struct {
		ID   wire.Lenient[wire.Text]    `json:"id"`
		Data map[string]json.RawMessage `json:"data"`
		Sign string                     `json:"sign"`
	}
	if err := signing.Read(webhook.Body, &m); err != nil {
		return issuer.Notice{}, err
	}
	sign, err := hex.DecodeString(m.Sign)
	if err != nil || m.Sign != strings.ToLower(m.Sign) || m.Data == nil {
		return issuer.Notice{}, signing.Refuse("the message has no data or no signature of the documented form")
	}
	if err := signing.Check(c.secret, signedText(m.Data), sign); err != nil {
		return issuer.Notice{}, err
	}
	return issuer.Notice{ID: signing.ID(m.ID), CardID: cardIn(m.Data)}, nil
}

// cardIn is the card that a message is about: its cardId, or the id of what has a card's
// provider. The names of the events are not documented.
func cardIn(data map[string]json.RawMessage) string {
	key := "cardId"
	if _, isCard := data["provider"]; isCard {
		key = "id"
	}
	var id wire.Lenient[wire.Text]
	_ = id.UnmarshalJSON(data[key]) // lenient: what cannot be read is none
	return signing.ID(id)
}

// signedText joins key=value with &, in the order of the keys. Its JSON was checked.
func signedText(data map[string]json.RawMessage) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(data)) {
		pairs = append(pairs, key+"="+signedValue(data[key]))
	}
	return strings.Join(pairs, "&")
}

// signedValue writes a string as it is, null as nothing, an object or an array as compact
// JSON, and anything else as it stands in the message.
func signedValue(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		return stringIn(raw)
	case 'n':
		return ""
	}
	var b strings.Builder
	writeCompact(&b, raw)
	return b.String()
}

func stringIn(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s) // it was checked, and begins with a quotation mark
	return s
}

// writeCompact writes JSON without spaces and with sorted keys at every depth, its numbers
// as they stand in the message, its strings as JavaScript escapes them.
func writeCompact(b *strings.Builder, raw json.RawMessage) {
	switch raw[0] {
	case '{':
		var members map[string]json.RawMessage
		_ = json.Unmarshal(raw, &members) // it was checked
		b.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(members)) {
			separate(b, i)
			quote(b, key)
			b.WriteByte(':')
			writeCompact(b, members[key])
		}
		b.WriteByte('}')
	case '[':
		var elements []json.RawMessage
		_ = json.Unmarshal(raw, &elements) // it was checked
		b.WriteByte('[')
		for i, element := range elements {
			separate(b, i)
			writeCompact(b, element)
		}
		b.WriteByte(']')
	case '"':
		quote(b, stringIn(raw))
	default:
		b.Write(raw)
	}
}

func separate(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
}

// escapes are the characters that JavaScript escapes by a letter of their own.
var escapes = map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch escaped, named := escapes[r]; {
		case named:
			b.WriteString(escaped)
		case r < 0x20:
			b.WriteString(`\u00`)
			b.WriteString(hex.EncodeToString([]byte{byte(r)}))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
