package issuertest

import (
	"io"
	"maps"
	"net"
	"net/http"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
)

// Fault is what a server may do to a call, and what must be made of it: the class of a
// read's error, and of that of a call with an effect.
type Fault struct {
	Do             http.HandlerFunc
	OnRead, OnMove issuer.Class
}

const (
	unavailable = issuer.Unavailable
	ambiguous   = issuer.Ambiguous
	malformed   = issuer.Malformed
	refused     = issuer.Invalid

	// TimedOut is the fault that takes as long as the client's patience.
	TimedOut = "time-out"
	// Page is what a proxy says.
	Page = "<html><body>nginx</body></html>"
	// No is a refusal of the documented form, in every dialect of the vendor's envelope.
	No = `{"code":40010,"message":"insufficient funds"}`
)

// Faults are those that every call of the vendor's open APIs is to survive. Their bodies
// are understood, or not, alike in each dialect.
func Faults() map[string]Fault {
	faults := statuses()
	maps.Copy(faults, bodies())
	return faults
}

// statuses are faults below HTTP and by its status.
func statuses() map[string]Fault {
	return map[string]Fault{
		TimedOut:            {hang, unavailable, ambiguous},
		"reset":             {Hijack("", true), unavailable, ambiguous},
		"hang-up":           {Hijack("", false), unavailable, ambiguous},
		"reset in the head": {Hijack("HTTP/1.1 200 OK\r\nContent-", true), unavailable, ambiguous},
		"cut in the body":   {Hijack("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":true}", false), unavailable, ambiguous},
		"cut chunk":         {Hijack("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"data\":true}", false), unavailable, ambiguous},
		"no HTTP":           {Hijack("SSH-2.0-OpenSSH\r\n\r\n", false), unavailable, ambiguous},
		"huge head":         {Hijack("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20), false), unavailable, ambiguous},
		"500":               {Says(500, `{"code":500,"message":"oops"}`), unavailable, ambiguous},
		"502 page":          {Says(502, Page), unavailable, ambiguous},
		"503":               {Says(503, ""), unavailable, ambiguous},
		"504":               {Says(504, No), unavailable, ambiguous},
		"408":               {Says(408, No), unavailable, ambiguous},
		"402":               {Says(402, No), refused, refused},
		"406":               {Says(406, No), refused, refused},
		"409":               {Says(409, No), unavailable, refused},
		"409 twin":          {Says(409, `{"code":40010,"message":"Transaction in progress"}`), unavailable, ambiguous},
		"409 done":          {Says(409, `{"code":40010,"message":"this request was processed already"}`), unavailable, ambiguous},
		"409 no words":      {Says(409, `{"code":40010}`), unavailable, ambiguous},
		"412":               {Says(412, No), refused, refused},
		"425":               {Says(425, No), unavailable, ambiguous},
		"409 page":          {Says(409, Page), malformed, ambiguous},
		"429":               {Says(429, ""), issuer.RateLimited, issuer.RateLimited},
		"401":               {Says(401, Page), issuer.Unauthorized, issuer.Unauthorized},
		"403":               {Says(403, No), issuer.Forbidden, issuer.Forbidden},
		"403 page":          {Says(403, Page), issuer.Forbidden, ambiguous},
		"404":               {Says(404, No), issuer.NotFound, issuer.NotFound},
		"404 page":          {Says(404, Page), malformed, ambiguous},
		"400":               {Says(400, No), refused, refused},
		"400 text code":     {Says(400, `{"code":"E17","message":"a"}`), malformed, ambiguous},
		"400 list of texts": {Says(400, `{"code":17,"message":["a"]}`), malformed, ambiguous},
		"400 page":          {Says(400, Page), malformed, ambiguous},
		"400 empty":         {Says(400, ""), malformed, ambiguous},
		"400 code 0":        {Says(400, `{"code":0,"message":"ok","data":true}`), malformed, ambiguous},
		"400 no code":       {Says(400, `{"message":"bad"}`), malformed, ambiguous},
		"400 two codes":     {Says(400, `{"code":1,"Code":2}`), malformed, ambiguous},
		"405":               {Says(405, No), refused, refused},
		"413":               {Says(413, No), refused, refused},
		"422":               {Says(422, No), refused, refused},
	}
}

// bodies are faults of what an answer says.
func bodies() map[string]Fault {
	return map[string]Fault{
		"redirect":           {Redirect, malformed, ambiguous},
		"304":                {Says(304, ""), malformed, ambiguous},
		"empty":              {Says(200, ""), malformed, ambiguous},
		"204":                {Says(204, ""), malformed, ambiguous},
		"space":              {Says(200, " \n"), malformed, ambiguous},
		"64 MiB":             {huge, malformed, ambiguous},
		"page":               {Says(200, Page), malformed, ambiguous},
		"cut JSON":           {Says(200, `{"code":0,"data":tr`), malformed, ambiguous},
		"two values":         {Says(200, `{"code":0,"data":true}{"code":0,"data":true}`), malformed, ambiguous},
		"key twice":          {Says(200, `{"code":0,"data":false,"data":true}`), malformed, ambiguous},
		"deep":               {Says(200, strings.Repeat(`{"data":`, 100)+"1"+strings.Repeat("}", 100)), malformed, ambiguous},
		"data of no use":     {Says(200, `{"code":0,"data":{"id":[7]}}`), malformed, ambiguous},
		"data is a number":   {Says(200, `{"code":0,"data":1}`), malformed, ambiguous},
		"code is a list":     {Says(200, `{"code":[0],"data":true}`), malformed, ambiguous},
		"other object":       {Says(200, `{"status":"success"}`), malformed, ambiguous},
		"null":               {Says(200, `null`), malformed, ambiguous},
		"business code":      {Says(200, No), refused, refused},
		"business text code": {Says(200, `{"code":"40010","message":"no","data":null}`), refused, refused},
		"business 201":       {Says(201, No), refused, refused},
		"business zero word": {Says(200, `{"code":"zero","message":[],"data":{"list":{}}}`), malformed, ambiguous},
		"business word":      {Says(200, `{"code":"zero","message":"no"}`), malformed, ambiguous},
		"business empty":     {Says(200, `{"code":"","message":"no"}`), malformed, ambiguous},
		"business minus":     {Says(200, `{"code":-1,"message":"no"}`), malformed, ambiguous},
		"business fraction":  {Says(200, `{"code":1.5,"message":"no"}`), malformed, ambiguous},
		"business bool":      {Says(200, `{"code":true,"message":"no"}`), malformed, ambiguous},
		"business list":      {Says(200, `{"code":40010,"message":["no"]}`), malformed, ambiguous},
		"business object":    {Says(200, `{"code":40010,"message":{"no":1}}`), malformed, ambiguous},
		"refused, with data": {Says(200, `{"code":40010,"message":"no","data":{"list":{}}}`), refused, ambiguous},
		"refused, yet true":  {Says(400, `{"code":40010,"message":"no","data":true}`), refused, ambiguous},
		"refused, false":     {Says(400, `{"code":40010,"message":"no","data":false}`), refused, refused},
		"refused, object":    {Says(400, `{"code":40010,"message":"no","data":{ }}`), refused, refused},
		"refused, list":      {Says(402, `{"code":40010,"message":"no","data":[]}`), refused, refused},
		"refused, text":      {Says(200, `{"code":40010,"message":"no","data":""}`), refused, refused},
		"refused, a word":    {Says(400, `{"code":40010,"message":"no","data":"m-1"}`), refused, ambiguous},
		"no envelope":        {Says(200, `{}`), malformed, ambiguous},
		"bare list":          {Says(200, `[]`), malformed, ambiguous},
		"bare false":         {Says(200, `false`), malformed, ambiguous},
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// Redirect sends the caller elsewhere.
func Redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/open-api/elsewhere", http.StatusTemporaryRedirect)
}

func huge(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"code":0,"message":"ok","data":true}`) // fine, if only what fits were read
	chunk := []byte(strings.Repeat(" ", 1<<20))
	for range 64 {
		_, _ = w.Write(chunk)
	}
}

// Says answers everything with one status and body.
func Says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Hijack writes raw bytes and ends the connection, politely or with a reset.
func Hijack(raw string, reset bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, raw)
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}
