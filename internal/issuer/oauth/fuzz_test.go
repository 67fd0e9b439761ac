package oauth

import "testing"

// A login's answer is data or a refusal, never both, whatever it holds.
func FuzzReadLogin(f *testing.F) {
	for _, text := range []string{
		"", "null", "[]", "{}", `{"code":1}`, `{"code":"0","data":[]}`, `{"code":[[[`, `{"data":true,"DATA":false}`,
		`{"timestamp":1,"code":"abc"}`, `{"code":40101,"message":"m"}`, `{"code":"000000","message":"success","data":{"code":"abc"}}`,
		`{"code":"010021","message":"m","data":null}`, `{"accessToken":"a","refreshToken":"r","expiresIn":86400,"timestamp":1}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, read := range []func([]byte) (data []byte, code string){
			func(b []byte) ([]byte, string) { data, code, _ := ReadBare(b); return data, code },
			func(b []byte) ([]byte, string) { data, code, _ := ReadEnveloped(b); return data, code },
		} {
			if data, code := read(body); data != nil && code != "" {
				t.Error("both an answer and a refusal")
			}
		}
	})
}
