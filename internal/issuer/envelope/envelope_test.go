package envelope_test

import (
	"errors"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

func TestForms(t *testing.T) {
	for body, want := range map[string]envelope.Answer{
		`{"code":0,"message":"ok","data":true}`:                    {Message: "ok", Data: []byte("true"), Coded: true},
		`{"code":"000000","message":"success","data":null}`:        {Message: "success", Coded: true},
		`{"code":"010021","message":"m"}`:                          {Code: "010021", Message: "m", Coded: true},
		`{"code":902,"message":"m","data":false}`:                  {Code: "902", Message: "m", Data: []byte("false"), Coded: true},
		`{"data":[],"total":"7"}`:                                  {Data: []byte("[]"), Total: wire.Count{N: 7, Known: true}},
		`{"code":null,"data":1}`:                                   {Data: []byte("1")},
		` {"id":1} `:                                               {Data: []byte(`{"id":1}`), Bare: true},
		`[1]`:                                                      {Data: []byte("[1]"), Bare: true},
		`{"code":"0","message":null,"data":{"a":1},"total":null} `: {Data: []byte(`{"a":1}`), Coded: true},
	} {
		got, err := envelope.Read([]byte(body))
		if err != nil || got.Code != want.Code || got.Message != want.Message || string(got.Data) != string(want.Data) ||
			got.Total != want.Total || got.Bare != want.Bare || got.Coded != want.Coded {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{``, `{"code":"E1"}`, `{"code":-1}`, `{"code":1.5}`, `{"code":[0]}`, `{"code":7,"message":[]}`, `{"data":1,"Data":2}`, `{"total":"x"}`} {
		if got, err := envelope.Read([]byte(body)); err == nil {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

func TestWantTrue(t *testing.T) {
	for data, want := range map[string]error{"true": nil, "false": envelope.ErrNo, "null": wire.ErrNoData, "1": wire.ErrShape, "": wire.ErrNoData} {
		a := envelope.Answer{Data: []byte(data)}
		if data == "" {
			a.Data = nil
		}
		if err := envelope.WantTrue(a); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", data, err, want)
		}
	}
}

// An envelope is a success or a refusal, and no error quotes it.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"", "null", "{}", `{"code":"000000","data":{"list":[],"total":"0"}}`, `{"code":"canary","message":[]}`, `{"canary":1,"Canary":2}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := envelope.Read(body)
		issuertest.Ours(t, err)
		if err != nil {
			return
		}
		if a.Code != "" && (!wire.Digits(a.Code) || !a.Coded) || a.Bare && a.Coded {
			t.Errorf("%+v", a)
		}
	})
}
