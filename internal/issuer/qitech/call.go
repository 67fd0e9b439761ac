package qitech

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

var (
	errForm  = errors.New("the answer does not have the documented form")
	errOther = errors.New("the answer is about another card")
)

// codeForm is what the issuer's codes look like.
var codeForm = regexp.MustCompile(`^[A-Z]{2,8}[0-9]{3,9}$`)

// read asks for something.
func (c *Client) read(op, path string, query url.Values) transport.Request {
	return transport.Request{Op: op, Method: http.MethodGet, Path: path, Query: query, Sign: c.sign(http.MethodGet), CodeIn: codeOf}
}

// mutate asks for an effect.
func (c *Client) mutate(op, method, path string, permit issuer.Permit, body any) (transport.Request, error) {
	r := transport.Request{Op: op, Method: method, Path: path, Mutating: true, Permit: permit, Priority: transport.Sending, Sign: c.sign(method), CodeIn: codeOf}
	text, err := json.Marshal(body)
	if err != nil {
		return r, r.Definite(issuer.Invalid, 0, "", "the order cannot be written as JSON")
	}
	r.Body = text
	return r, nil
}

// do makes the call once and hands the answer to take. Credentials that were refused rest.
func (c *Client) do(ctx context.Context, r transport.Request, take func([]byte) error) error {
	if err := c.refusal(r); err != nil {
		return err
	}
	err := explain(c.http.Do(ctx, r, func(resp transport.Response) error { return settle(r, resp, take) }))
	c.judgeCredentials(r, err)
	return err
}

// refusal is the answer while refused credentials rest: why they were refused.
func (c *Client) refusal(r transport.Request) error {
	rest := c.block.Remaining()
	if rest == 0 {
		return nil
	}
	code, advice := c.whyRefused()
	err := r.Definite(issuer.Unauthorized, 0, code, "these credentials were refused a moment ago: "+advice)
	err.RetryAfter = rest
	return err
}

// Turn implements issuer.Pacer.
func (c *Client) Turn(ctx context.Context) (context.Context, error) {
	const op = "wait for a turn"
	if err := c.refusal(transport.Request{Op: op}); err != nil {
		return nil, err
	}
	return c.http.Reserve(ctx, op)
}

// judgeCredentials lets refused credentials rest. A single call may be refused because it is
// not granted; the list of cards is what nothing works without.
func (c *Client) judgeCredentials(r transport.Request, err error) {
	var e *issuer.Error
	switch {
	case errors.As(err, &e) && e.Class == issuer.Unauthorized && r.Op == opList:
		c.mu.Lock()
		c.refused = *e
		c.mu.Unlock()
		c.block.Refused()
	case err == nil:
		c.block.Accepted()
	}
}

// whyRefused is the code of the latest refusal of the credentials, and what to do about it.
func (c *Client) whyRefused() (code, advice string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused.Code, c.refused.Message
}

// explain adds to a bare refusal of the credentials what to look at. A 401 says it by its status;
// its code may say more.
func explain(err error) error {
	var e *issuer.Error
	if errors.As(err, &e) && e.Class == issuer.Unauthorized && e.Message == "" {
		known, documented := codes[e.Code]
		if !documented {
			known = codes["GDF000014"]
		}
		e.Message = known.advice
	}
	return err
}

// settle reads an answer. Whatever cannot be read leaves a call with an effect unclear.
func settle(r transport.Request, resp transport.Response, take func([]byte) error) error {
	if resp.OK() {
		if err := take(resp.Body); err != nil {
			return unreadable(r, resp, err.Error())
		}
		return nil
	}
	code := codeOf(resp.Body)
	if code == "" {
		return unreadable(r, resp, "the refusal has no code")
	}
	known, documented := codes[code]
	if !documented {
		return r.Refused(resp.Status, code, "")
	}
	return r.Definite(known.of(r), resp.Status, code, known.advice)
}

// unreadable is an answer without the documented form. One that is wrapped into a signed token is
// the issuer's all the same, so another base URL does not help.
func unreadable(r transport.Request, resp transport.Response, why string) error {
	if !encoded(resp.Body) {
		return r.Unreadable(resp.Status, why)
	}
	err := r.Unreadable(resp.Status, "the answer is a signed token (encoded_body), which the operator does not read")
	if err.Class == issuer.Malformed {
		err.Advice = "ask QI Tech to answer this integration in plain JSON"
	}
	return err
}

func encoded(body []byte) bool {
	var wrapped struct {
		Body string `json:"encoded_body"`
	}
	return transport.CheckJSON(body) == nil && json.Unmarshal(body, &wrapped) == nil && wrapped.Body != ""
}

// of is the class that a code gives an error of a call. What says "later" may say it after
// the effect, and an order that answers "no such card" may have made one; on a read nothing is
// unclear.
func (m meaning) of(r transport.Request) issuer.Class {
	switch {
	case !r.Mutating && m.class == issuer.Ambiguous:
		return issuer.Unavailable
	case r.Mutating && m.class == issuer.Unavailable, r.Method == http.MethodPost && m.class == issuer.NotFound:
		return issuer.Ambiguous
	}
	return m.class
}

// codeOf reads the code of an error's envelope; empty where there is none.
func codeOf(body []byte) string {
	var envelope struct {
		Code json.RawMessage `json:"code"`
	}
	var code string
	if transport.CheckJSON(body) != nil || json.Unmarshal(body, &envelope) != nil || json.Unmarshal(envelope.Code, &code) != nil || !codeForm.MatchString(code) {
		return ""
	}
	return code
}

// decode reads one JSON object.
func decode(body []byte, into any) error {
	if transport.CheckJSON(body) != nil || len(body) == 0 || body[0] != '{' || json.Unmarshal(body, into) != nil {
		return errForm
	}
	return nil
}
