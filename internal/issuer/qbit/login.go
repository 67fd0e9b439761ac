package qbit

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// The two steps of the login stand outside /v1 (§2).
const (
	authorizePath = "/open-api/oauth/authorize"
	tokenPath     = "/open-api/oauth/access-token"
)

var errLogin = errors.New("the login's answer lacks what it should hold")

// logIn fetches a code and changes it for a token. A code works once, so the pair is
// always made together. Whatever goes wrong, the call that needed the token was not
// sent, and the class says so.
func (a *auth) logIn(ctx context.Context) (token, error) {
	code, err := a.authorize(ctx)
	if err != nil {
		return token{}, a.loginFailed(err)
	}
	fresh, err := a.exchange(ctx, code)
	if err != nil {
		return token{}, a.loginFailed(err)
	}
	return fresh, nil
}

func (a *auth) authorize(ctx context.Context) (code string, err error) {
	r := loginRequest(http.MethodGet, authorizePath)
	r.Query = url.Values{"clientId": {a.credentials.ClientID}}
	err = a.ask(ctx, r, func(data json.RawMessage) error {
		var answer struct {
			Code string `json:"code"`
		}
		if json.Unmarshal(data, &answer) != nil || !validToken(answer.Code) {
			return errLogin
		}
		code = answer.Code
		return nil
	})
	return code, err
}

func (a *auth) exchange(ctx context.Context, code string) (fresh token, err error) {
	r := loginRequest(http.MethodPost, tokenPath)
	r.Body, err = json.Marshal(map[string]string{
		"clientId": a.credentials.ClientID, "clientSecret": a.credentials.ClientSecret.Reveal(), "code": code,
	})
	if err != nil {
		return token{}, errLogin
	}
	err = a.ask(ctx, r, func(data json.RawMessage) error {
		var answer struct {
			AccessToken string `json:"accessToken"`
			ExpiresIn   count  `json:"expiresIn"`
		}
		if json.Unmarshal(data, &answer) != nil || !validToken(answer.AccessToken) {
			return errLogin
		}
		fresh = a.newToken(answer.AccessToken, answer.ExpiresIn)
		return nil
	})
	return fresh, err
}

// newToken computes the life of a token; lifetime is in seconds.
func (a *auth) newToken(value string, lifetime count) token {
	life := unknownLifetime
	if lifetime.known && lifetime.n > 0 {
		life = time.Duration(min(lifetime.n, int64(longestLifetime/time.Second))) * time.Second
	}
	now := a.clock.Now()
	return token{value: value, end: now.Add(life), renewAt: now.Add(max(life-renewMargin, life/2))}
}

func loginRequest(method, path string) transport.Request {
	return transport.Request{Op: "log in", Method: method, Path: path, Priority: transport.Urgent}
}

// ask reads an answer that is bare by the document; an envelope is understood too. The
// code of an answer is the login's code where it is a text, and an error's where it is a
// number (§2).
func (a *auth) ask(ctx context.Context, r transport.Request, take func(json.RawMessage) error) error {
	return a.http.Do(ctx, r, func(resp transport.Response) error {
		data, code, message := readLogin(resp.Body)
		switch {
		case code != "":
			return r.Refused(resp.Status, code, scrub(message, a.secrets()))
		case !resp.OK() || data == nil || take(data) != nil:
			return r.Unreadable(resp.Status, errLogin.Error())
		}
		return nil
	})
}

// readLogin returns the data of a login's answer, or the code and the message of an
// error.
func readLogin(body []byte) (data json.RawMessage, code, message string) {
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

// loginFailed maps the failures of a login to the classes that tell any caller, a
// mutating one too, that its own call was not made.
func (a *auth) loginFailed(err error) error {
	var e *issuer.Error
	if !errors.As(err, &e) {
		return loginError(issuer.Unavailable, "the login failed")
	}
	switch e.Class {
	case issuer.RateLimited, issuer.Unavailable:
		return e
	case issuer.Unauthorized, issuer.Forbidden, issuer.Invalid:
		refused := *e
		refused.Class = issuer.Unauthorized
		refused.Message = join(e.Message, a.advice())
		return &refused
	}
	failed := *e
	failed.Class = issuer.Unavailable
	return &failed
}

func join(message, advice string) string {
	if message == "" {
		return advice
	}
	return message + "; " + advice
}
