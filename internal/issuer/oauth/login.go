package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

var errLogin = errors.New("the login's answer lacks what it should hold")

// logIn fetches a code and changes it for a token. A code works once, so the pair is
// always made together. Whatever goes wrong, the call that needed the token was not
// sent, and the class says so.
func (k *Keeper) logIn(ctx context.Context) (token, error) {
	code, err := k.authorize(ctx)
	if err != nil {
		return token{}, k.loginFailed(err)
	}
	fresh, err := k.exchange(ctx, code)
	if err != nil {
		return token{}, k.loginFailed(err)
	}
	return fresh, nil
}

func (k *Keeper) authorize(ctx context.Context) (code string, err error) {
	r := loginRequest(http.MethodGet, k.dialect.AuthorizePath)
	r.Query = url.Values{"clientId": {k.credentials.ClientID}}
	err = k.ask(ctx, r, func(data json.RawMessage) error {
		var answer struct {
			Code string `json:"code"`
		}
		if json.Unmarshal(data, &answer) != nil || !wire.ValidToken(answer.Code) {
			return errLogin
		}
		code = answer.Code
		return nil
	})
	return code, err
}

func (k *Keeper) exchange(ctx context.Context, code string) (fresh token, err error) {
	r := loginRequest(http.MethodPost, k.dialect.TokenPath)
	r.Body = k.exchangeBody(code)
	err = k.ask(ctx, r, func(data json.RawMessage) error {
		var answer struct {
			AccessToken string     `json:"accessToken"`
			ExpiresIn   wire.Count `json:"expiresIn"`
		}
		if json.Unmarshal(data, &answer) != nil || !wire.ValidToken(answer.AccessToken) {
			return errLogin
		}
		fresh = k.newToken(answer.AccessToken, answer.ExpiresIn)
		return nil
	})
	return fresh, err
}

// exchangeBody holds printable ASCII alone, which can always be written as JSON.
func (k *Keeper) exchangeBody(code string) []byte {
	fields := map[string]string{"clientId": k.credentials.ClientID, "code": code}
	if k.dialect.SendSecret {
		fields["clientSecret"] = k.credentials.ClientSecret.Reveal()
	}
	body, _ := json.Marshal(fields)
	return body
}

// newToken computes the life of a token; lifetime is in seconds.
func (k *Keeper) newToken(value string, lifetime wire.Count) token {
	life := unknownLifetime
	if lifetime.Known && lifetime.N > 0 {
		life = time.Duration(min(lifetime.N, int64(longestLifetime/time.Second))) * time.Second
	}
	now := k.clock.Now()
	return token{value: value, end: now.Add(life), renewAt: now.Add(max(life-renewMargin, life/2))}
}

func loginRequest(method, path string) transport.Request {
	return transport.Request{Op: "log in", Method: method, Path: path, Priority: transport.Sending}
}

// ask makes one call of the login.
func (k *Keeper) ask(ctx context.Context, r transport.Request, take func(json.RawMessage) error) error {
	return k.http.Do(ctx, r, func(resp transport.Response) error {
		data, code, message := k.dialect.Read(resp.Body)
		switch {
		case code != "":
			return r.Refused(resp.Status, code, wire.Scrub(message, k.Secrets()))
		case !resp.OK() || data == nil || take(data) != nil:
			return r.Unreadable(resp.Status, errLogin.Error())
		}
		return nil
	})
}

// loginFailed maps the failures of a login to the classes that tell any caller, a
// mutating one too, that its own call was not made.
func (k *Keeper) loginFailed(err error) error {
	failed := issuer.Error{Op: "log in", Message: "the login failed"}
	var e *issuer.Error
	if errors.As(err, &e) {
		failed = *e
	}
	switch failed.Class {
	case issuer.RateLimited, issuer.Unavailable:
	case issuer.Unauthorized, issuer.Forbidden, issuer.Invalid:
		failed.Class = issuer.Unauthorized
		failed.Message = join(failed.Message, k.advice())
	default:
		failed.Class = issuer.Unavailable
	}
	return &failed
}

func join(message, advice string) string {
	if message == "" {
		return advice
	}
	return message + "; " + advice
}
