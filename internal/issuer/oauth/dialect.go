package oauth

import (
	"encoding/json"

	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// Dialect is what the logins of the API's versions differ in.
type Dialect struct {
	// AuthorizePath answers a code, TokenPath changes it for a token.
	AuthorizePath, TokenPath string
	// SendSecret says that the client's secret goes with the code.
	SendSecret bool
	// Keys names the keys of the Secret that the login uses, for example "key clientId".
	Keys string
	// Read returns the data of an answer, or the code and the message of an error, or
	// neither.
	Read func(body []byte) (data json.RawMessage, code, message string)
}

// ReadBare reads an answer that is bare by the document; an envelope is understood too.
// The code of an answer is the login's code where it is a text, and an error's where it is
// a number.
func ReadBare(body []byte) (data json.RawMessage, code, message string) {
	var answer struct {
		Code    json.RawMessage `json:"code"`
		Message json.RawMessage `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	if transport.CheckJSON(body) != nil || json.Unmarshal(body, &answer) != nil {
		return nil, "", ""
	}
	var number json.Number
	if len(answer.Code) > 0 && answer.Code[0] != '"' && json.Unmarshal(answer.Code, &number) == nil && number != "0" {
		_ = json.Unmarshal(answer.Message, &message) // only a text is a message
		return nil, number.String(), message
	}
	if len(answer.Data) > 0 && answer.Data[0] == '{' {
		return answer.Data, "", ""
	}
	return body, "", ""
}

// ReadEnveloped reads an answer in an envelope with a code.
func ReadEnveloped(body []byte) (data json.RawMessage, code, message string) {
	a, err := envelope.Read(body)
	if err != nil || !a.Coded {
		return nil, "", ""
	}
	if a.Code != "" {
		return nil, a.Code, a.Message
	}
	return a.Data, "", ""
}
