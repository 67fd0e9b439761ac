package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// keyHeader makes the issuer have one effect of calls that carry the same key.
const keyHeader = "Idempotency-Key"

// Call is one documented call.
type Call struct {
	// Op is the operation in the port's terms; Path is below the dialect's prefix, escaped.
	Op, Method, Path string
	Query            url.Values
	// Body is written as JSON; nil is none.
	Body any
	// Key goes into the Idempotency-Key header; empty is none.
	Key      string
	Mutating bool
	Permit   issuer.Permit
	Urgent   bool
	// Stops says that the call stops a card: it goes before all others.
	Stops bool
	// Repeatable says that the call sets a state: no intent stands for it, and it may be made again.
	Repeatable bool
	// Option is what to change where the issuer does not take the Method, in words; empty is nothing.
	Option string
	// Vital says that nothing works without the call: only its refusal speaks of the
	// credentials, and not of a call that they are not granted.
	Vital bool
	// Bare says that the document shows the answer without an envelope.
	Bare bool
	// Reveals says that the answer is a secret: the words of a refusal are told without digits.
	Reveals bool
	// Secrets are texts of the order that no message may repeat.
	Secrets []string
}

// Read is a call without effect.
func Read(op, path string, query url.Values) Call {
	return Call{Op: op, Method: http.MethodGet, Path: path, Query: query}
}

// Mutate is a call with an effect. It goes before all reads.
func Mutate(op, method, path string, permit issuer.Permit, body any) Call {
	return Call{Op: op, Method: method, Path: path, Body: body, Mutating: true, Permit: permit}
}

// Repeat is Mutate for a call that sets a state and may be made again.
func Repeat(op, method, path string, body any) Call {
	k := Mutate(op, method, path, issuer.Permit{}, body)
	k.Repeatable = true
	return k
}

// opTurn is what is under way before anything is claimed.
const opTurn = "wait for a turn"

// Turn implements issuer.Pacer for the dialects. The login comes first: it may take longer
// than a Permit lasts.
func (s *Session) Turn(ctx context.Context) (context.Context, error) {
	if _, err := s.keeper.Token(ctx); err != nil {
		return nil, s.keeper.Explain(Call{Op: opTurn}.wanted(err))
	}
	return s.http.Reserve(ctx, opTurn)
}

// Do makes the call and hands its answer to take. It logs in first where needed, so that
// a mutating call is not refused for want of a token. A read that is refused nonetheless
// is made once more with a new token; a mutating call never is.
func (s *Session) Do(ctx context.Context, k Call, take func(envelope.Answer) error) error {
	again, err := s.try(ctx, k, take)
	if again && !k.Mutating {
		_, err = s.try(ctx, k, take)
	}
	return s.keeper.Explain(err)
}

// try makes the call once. again says that the token was refused and that another login
// may help.
func (s *Session) try(ctx context.Context, k Call, take func(envelope.Answer) error) (again bool, err error) {
	token, err := s.keeper.Token(ctx)
	if err != nil {
		return false, k.wanted(err)
	}
	r, err := s.request(k, token)
	if err != nil {
		return false, err
	}
	err = s.http.Do(ctx, r, func(resp transport.Response) error {
		return s.settle(r, k, resp, take)
	})
	err = k.notTaken(err)
	if aboutToken(err) {
		return s.keeper.Refused(token, k.Op, k.Vital), k.unauthorized(err)
	}
	switch {
	case issuer.Is(err, issuer.Unauthorized):
		return s.keeper.Refused(token, k.Op, k.Vital), err
	case answered(err):
		s.keeper.Accepted(token, k.Op)
	}
	return false, err
}

// tokenTrouble is how issuers that refuse a token with another status than 401 may say so.
// Their codes for it are not documented.
var tokenTrouble = regexp.MustCompile(`(?i)token.*(expire|invalid|illegal|not valid|missing|revoked|过期|失效|无效)|(expire|invalid|illegal|missing|revoked).*token`)

// aboutToken reports whether a refusal is about the token: then another login may help.
func aboutToken(err error) bool {
	var e *issuer.Error
	return errors.As(err, &e) && (e.Class == issuer.Invalid || e.Class == issuer.Forbidden) && tokenTrouble.MatchString(e.Message)
}

// unauthorized is a refusal that is about the token. A mutating call's stays what it was:
// the words alone do not prove that nothing happened.
func (k Call) unauthorized(err error) error {
	var e *issuer.Error
	if k.Mutating || !errors.As(err, &e) {
		return err
	}
	told := *e
	told.Class = issuer.Unauthorized
	return &told
}

// notTaken is what HTTP 405 and 501 say to a call that no intent stands for: the issuer has no
// such call. An order stays unclear, since a proxy may have answered for an issuer that took it.
func (k Call) notTaken(err error) error {
	var e *issuer.Error
	if !k.Repeatable || !errors.As(err, &e) || e.Status != http.StatusMethodNotAllowed && e.Status != http.StatusNotImplemented {
		return err
	}
	told := *e
	told.Class, told.Message = issuer.Invalid, "it takes no "+k.Method+" for this; "+cmp.Or(k.Option, "ask it which call does this")
	if e.Code != "" {
		told.Message = e.Message + "; " + told.Message
	}
	return &told
}

// answered reports whether the issuer got as far as judging the call.
func answered(err error) bool {
	var e *issuer.Error
	return err == nil || errors.As(err, &e) && e.Status != 0
}

// wanted names the operation that a failed login was for.
func (k Call) wanted(err error) error {
	named := issuer.Error{Class: issuer.Unavailable, Op: "log in"}
	if e := new(issuer.Error); errors.As(err, &e) {
		named = *e
	}
	named.Op = k.Op + ": " + named.Op
	return &named
}

func (s *Session) request(k Call, token string) (transport.Request, error) {
	r := transport.Request{
		Op: k.Op, Method: k.Method, Path: s.dialect.Prefix + k.Path, Query: k.Query,
		Header:   http.Header{s.dialect.TokenHeader: {token}},
		Mutating: k.Mutating, Permit: k.Permit,
	}
	if k.Key != "" {
		r.Header[keyHeader] = []string{k.Key}
	}
	switch {
	case k.Stops:
		r.Priority = transport.Stopping
	case k.Mutating:
		r.Priority = transport.Sending
	case k.Urgent:
		r.Priority = transport.Urgent
	}
	if k.Body == nil {
		return r, nil
	}
	body, err := json.Marshal(k.Body)
	if err != nil {
		return r, r.Definite(issuer.Invalid, 0, "", "the order cannot be written as JSON")
	}
	r.Body = body
	return r, nil
}

// settle reads an answer. Whatever cannot be read leaves a mutating call unclear.
func (s *Session) settle(r transport.Request, k Call, resp transport.Response, take func(envelope.Answer) error) error {
	a, err := envelope.Read(resp.Body)
	if err == nil {
		err = s.admits(k, a)
	}
	if err != nil {
		return r.Unreadable(resp.Status, err.Error())
	}
	if a.Code != "" {
		return s.refused(r, k, resp.Status, a)
	}
	if !resp.OK() {
		return r.Unreadable(resp.Status, "the refusal has no code")
	}
	switch err := take(a); {
	case errors.Is(err, envelope.ErrNo):
		return r.Refused(resp.Status, "", envelope.ErrNo.Error())
	case err != nil:
		return r.Unreadable(resp.Status, err.Error())
	}
	return nil
}

// otherAttempt is how a conflict may speak of an earlier or a concurrent attempt of the same call.
var otherAttempt = regexp.MustCompile(`(?i)progress|processing|processed|pending|duplicat|already|repeat|exists|idempoten|concurren|\block|again|retry|later|处理中|重复|已存在|稍后`)

// refused is a refusal in the issuer's own words. One that may be about a twin leaves a
// mutating call unclear, and yet the words are told. A conflict whose words are of something
// else, money for one, is a refusal like any other: Doubtful.
func (s *Session) refused(r transport.Request, k Call, status int, a envelope.Answer) error {
	words := wire.Scrub(a.Message, append(s.Secrets(), k.Secrets...))
	if k.Reveals {
		words = strings.Map(withoutDigits, words)
	}
	e := r.Refused(status, a.Code, words)
	if k.Mutating && status == http.StatusConflict && a.Message != "" && !otherAttempt.MatchString(a.Message) {
		e.Class, e.Doubtful = issuer.Invalid, true
	}
	if k.Mutating && s.dialect.Twin != nil && s.dialect.Twin(k, a) {
		e.Class = issuer.Ambiguous
	}
	return e
}

// withoutDigits hides a security code, which nothing else tells from any other number.
func withoutDigits(r rune) rune {
	if unicode.IsDigit(r) {
		return '#'
	}
	return r
}

// noResult reports whether the data of a refusal is none, in any of the ways to write that.
func noResult(data json.RawMessage) bool {
	switch strings.Join(strings.Fields(string(data)), "") {
	case "", "false", "{}", "[]", `""`:
		return true
	}
	return false
}

// admits checks the form of an answer. Only a refusal of the documented form proves that
// a mutating call had no effect.
func (s *Session) admits(k Call, a envelope.Answer) error {
	if a.Bare && !k.Bare {
		return envelope.ErrBare
	}
	if k.Mutating && a.Code != "" && !noResult(a.Data) {
		return envelope.ErrMixed
	}
	if s.dialect.Admits != nil {
		return s.dialect.Admits(k, a)
	}
	return nil
}
