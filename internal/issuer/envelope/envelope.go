// Package envelope takes the answers of the vendor's open APIs out of their envelope
// {code, message, data}. Both dialects have it; which forms a call may be answered with is
// for the dialect to say.
package envelope

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// Errors of envelopes, in our own words.
var (
	// ErrNo says that the answer is a plain false.
	ErrNo = errors.New("the issuer answered false")
	// ErrBare says that an answer has no envelope, or none with a code, and must.
	ErrBare = errors.New("the answer lacks the envelope that the document shows")
	// ErrMixed says that an answer is a refusal and a result at once.
	ErrMixed = errors.New("the answer refuses the call and yet has data")
)

// Answer is an issuer's answer out of its envelope.
type Answer struct {
	// Code is the issuer's error code; empty means success.
	Code, Message string
	// Data is what the envelope holds, or the whole of a bare answer. It is nil where the
	// answer is an envelope without data.
	Data json.RawMessage
	// Total stands beside the data in the flat list form.
	Total wire.Count
	// Bare says that there is no envelope at all, Coded that there is one with a code.
	Bare, Coded bool
}

// Read takes the full envelope, the short {"data": …} and the bare form.
func Read(body []byte) (Answer, error) {
	if err := transport.CheckJSON(body); err != nil {
		return Answer{}, err
	}
	body = bytes.TrimSpace(body)
	if body[0] != '{' {
		return Answer{Data: body, Bare: true}, nil
	}
	var e struct {
		Code    json.RawMessage `json:"code"`
		Message *string         `json:"message"`
		Data    json.RawMessage `json:"data"`
		Total   wire.Count      `json:"total"`
	}
	if err := wire.Decode(body, &e); err != nil {
		return Answer{}, err
	}
	code, err := readCode(e.Code)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Code: code, Data: e.Data, Total: e.Total, Coded: e.Code != nil && string(e.Code) != "null"}
	if e.Message != nil {
		a.Message = *e.Message
	}
	if e.Code == nil && e.Data == nil {
		a.Data, a.Bare = body, true
	}
	if string(a.Data) == "null" {
		a.Data = nil
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
	if !wire.Digits(code) {
		return "", wire.BadField("code")
	}
	if strings.Trim(code, "0") == "" {
		return "", nil
	}
	return code, nil
}

// WantTrue is how a call is confirmed whose data is true, and refused where it is false.
func WantTrue(a Answer) error {
	var done *bool
	if err := wire.Decode(a.Data, &done); err != nil {
		return err
	}
	if done == nil {
		return wire.ErrNoData
	}
	if !*done {
		return ErrNo
	}
	return nil
}
