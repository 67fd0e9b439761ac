package qbit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// Errors of decoding, in our own words.
var (
	errNoData = errors.New("the answer has no data")
	errNo     = errors.New("the issuer answered false")
)

// answer is an issuer's answer out of its envelope (§3).
type answer struct {
	// code is the issuer's error code; empty means success.
	code, message string
	// data is what the envelope holds, or the whole of a bare answer. It is nil where
	// the answer is an envelope without data.
	data json.RawMessage
	// total stands beside the data in the flat list form.
	total count
}

// readAnswer takes the full envelope, the short {"data": …} and the bare form. A code
// is a number or a text, and anything but 0 is a refusal.
func readAnswer(body []byte) (answer, error) {
	if err := transport.CheckJSON(body); err != nil {
		return answer{}, err
	}
	body = bytes.TrimSpace(body)
	if body[0] != '{' {
		return answer{data: body}, nil
	}
	var e struct {
		Code    *text           `json:"code"`
		Message json.RawMessage `json:"message"`
		Data    json.RawMessage `json:"data"`
		Total   count           `json:"total"`
	}
	if json.Unmarshal(body, &e) != nil {
		return answer{}, errShape
	}
	a := answer{data: e.Data, total: e.Total}
	_ = json.Unmarshal(e.Message, &a.message) // only a text is a message
	if e.Code != nil {
		a.code = errorCode(string(*e.Code))
	}
	if e.Code == nil && e.Data == nil {
		a.data = body
	}
	if string(a.data) == "null" {
		a.data = nil
	}
	return a, nil
}

// errorCode maps every spelling of zero to none.
func errorCode(code string) string {
	if strings.Trim(code, "0.") == "" {
		return ""
	}
	return code
}

// decode fills into from data. The errors of encoding/json can quote the text, so they
// end here.
func decode(data json.RawMessage, into any) error {
	if data == nil {
		return errNoData
	}
	if json.Unmarshal(data, into) != nil {
		return errShape
	}
	return nil
}

// wantTrue is how most mutating calls are confirmed: data is true, and false is a
// refusal (§5).
func wantTrue(a answer) error {
	var done *bool
	if err := decode(a.data, &done); err != nil {
		return err
	}
	if done == nil {
		return errNoData
	}
	if !*done {
		return errNo
	}
	return nil
}
