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
	errBare   = errors.New("the answer lacks the envelope that the document shows")
	errMixed  = errors.New("the answer refuses the call and yet has data")
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
	// bare says that there is no envelope at all.
	bare bool
}

// readAnswer takes the full envelope, the short {"data": …} and the bare form. Whether a
// call may be answered bare is for the call to say.
func readAnswer(body []byte) (answer, error) {
	if err := transport.CheckJSON(body); err != nil {
		return answer{}, err
	}
	body = bytes.TrimSpace(body)
	if body[0] != '{' {
		return answer{data: body, bare: true}, nil
	}
	var e struct {
		Code    json.RawMessage `json:"code"`
		Message *string         `json:"message"`
		Data    json.RawMessage `json:"data"`
		Total   count           `json:"total"`
	}
	if err := decode(body, &e); err != nil {
		return answer{}, err
	}
	code, err := readCode(e.Code)
	if err != nil {
		return answer{}, err
	}
	a := answer{code: code, data: e.Data, total: e.Total}
	if e.Message != nil {
		a.message = *e.Message
	}
	if e.Code == nil && e.Data == nil {
		a.data, a.bare = body, true
	}
	if string(a.data) == "null" {
		a.data = nil
	}
	return a, nil
}

// readCode takes digits, as a number or as a text; every spelling of zero is none. Any
// other code is no refusal: what does not speak the issuer's language cannot say that
// nothing happened.
func readCode(raw json.RawMessage) (string, error) {
	if raw == nil || string(raw) == "null" {
		return "", nil
	}
	code := strings.TrimSuffix(strings.TrimPrefix(string(raw), `"`), `"`)
	if !digits(code) {
		return "", badField("code")
	}
	if strings.Trim(code, "0") == "" {
		return "", nil
	}
	return code, nil
}

// decode fills into from data. The errors of encoding/json can quote the text, so they
// end here.
func decode(data json.RawMessage, into any) error {
	if data == nil {
		return errNoData
	}
	err := json.Unmarshal(data, into)
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) && wrong.Field != "" {
		return badField(wrong.Field) // the name is ours, from a struct tag
	}
	if err != nil {
		return errShape
	}
	return nil
}

// badField is the error of a field that is needed and cannot be used.
func badField(name string) error {
	return errors.New("the answer has no usable field " + name)
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
