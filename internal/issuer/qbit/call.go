package qbit

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// call is one documented call.
type call struct {
	op, method, path string
	query            url.Values
	body             any
	mutating         bool
	permit           issuer.Permit
	urgent           bool
	// bare says that the document shows the answer without an envelope.
	bare bool
	// secrets are texts of the order that no message may repeat.
	secrets []string
}

// read is a call without effect.
func read(op, path string, query url.Values) call {
	return call{op: op, method: http.MethodGet, path: path, query: query}
}

// mutate is a call with an effect. It goes before sweeps.
func mutate(op, method, path string, permit issuer.Permit, body any) call {
	return call{op: op, method: method, path: path, body: body, mutating: true, permit: permit, urgent: true}
}

// do makes the call and hands its answer to take. It logs in first where needed, so
// that a mutating call is not refused for want of a token. A read that is refused
// nonetheless is made once more with a new token; a mutating call never is.
func (c *Client) do(ctx context.Context, k call, take func(answer) error) error {
	again, err := c.try(ctx, k, take)
	if again && !k.mutating {
		_, err = c.try(ctx, k, take)
	}
	return c.auth.explain(err)
}

// try makes the call once. again says that the token was refused and that another
// login may help.
func (c *Client) try(ctx context.Context, k call, take func(answer) error) (again bool, err error) {
	token, err := c.auth.token(ctx)
	if err != nil {
		return false, k.wanted(err)
	}
	r, err := k.request(c.options.AccessTokenHeader, token)
	if err != nil {
		return false, err
	}
	err = c.http.Do(ctx, r, func(resp transport.Response) error {
		return c.settle(r, k, resp, take)
	})
	switch {
	case issuer.Is(err, issuer.Unauthorized):
		return c.auth.refused(token), err
	case answered(err):
		c.auth.accepted(token)
	}
	return false, err
}

// answered reports whether the issuer got as far as judging the call.
func answered(err error) bool {
	var e *issuer.Error
	return err == nil || errors.As(err, &e) && e.Status != 0
}

// wanted names the operation that a failed login was for.
func (k call) wanted(err error) error {
	var e *issuer.Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Op = k.op + ": " + e.Op
	return &named
}

func (k call) request(header, token string) (transport.Request, error) {
	r := transport.Request{
		Op: k.op, Method: k.method, Path: prefix + k.path, Query: k.query,
		Header:   http.Header{http.CanonicalHeaderKey(header): {token}},
		Mutating: k.mutating, Permit: k.permit,
	}
	if k.urgent {
		r.Priority = transport.Urgent
	}
	if k.body == nil {
		return r, nil
	}
	body, err := json.Marshal(k.body)
	if err != nil {
		return r, r.Definite(issuer.Invalid, 0, "", "the order cannot be written as JSON")
	}
	r.Body = body
	return r, nil
}

// settle reads an answer. Whatever cannot be read leaves a mutating call unclear.
func (c *Client) settle(r transport.Request, k call, resp transport.Response, take func(answer) error) error {
	a, err := readAnswer(resp.Body)
	if err == nil {
		err = k.admits(a)
	}
	if err != nil {
		return r.Unreadable(resp.Status, err.Error())
	}
	if a.code != "" {
		return r.Refused(resp.Status, a.code, scrub(a.message, append(c.auth.secrets(), k.secrets...)))
	}
	if !resp.OK() {
		return r.Unreadable(resp.Status, "the refusal has no code")
	}
	switch err := take(a); {
	case errors.Is(err, errNo):
		return r.Refused(resp.Status, "", errNo.Error())
	case err != nil:
		return r.Unreadable(resp.Status, err.Error())
	}
	return nil
}

// admits checks the form of an answer. Only a refusal of the documented form proves that a
// mutating call had no effect.
func (k call) admits(a answer) error {
	switch {
	case a.bare && !k.bare:
		return errBare
	case k.mutating && a.code != "" && a.data != nil && string(a.data) != "false":
		return errMixed
	}
	return nil
}

// invalid is a refusal of our own, before any request.
func invalid(op, message string) error {
	return &issuer.Error{Class: issuer.Invalid, Op: op, Message: message}
}

// checkIDs refuses ids that could not have come from the issuer.
func checkIDs(op string, ids ...string) error {
	for _, id := range ids {
		if !validID(id) {
			return invalid(op, "an id is empty or has characters that ids do not have")
		}
	}
	return nil
}
