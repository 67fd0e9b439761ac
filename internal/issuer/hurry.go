package issuer

import "context"

type hurryKey struct{}

// WithHurry makes the calls under ctx go before routine ones while hurry says so. It is asked
// when each call begins to wait: a long reading hurries as soon as somebody waits for it.
func WithHurry(ctx context.Context, hurry func() bool) context.Context {
	return context.WithValue(ctx, hurryKey{}, hurry)
}

// Hurry is WithHurry for calls that somebody waits for from the start.
func Hurry(ctx context.Context) context.Context {
	return WithHurry(ctx, func() bool { return true })
}

// InHurry reports whether somebody waits for the calls under ctx.
func InHurry(ctx context.Context) bool {
	hurry, ok := ctx.Value(hurryKey{}).(func() bool)
	return ok && hurry()
}
