package issuer

import (
	"context"
	"time"
)

// Permit bounds in time the right to send one mutating call.
type Permit struct {
	// NotAfter is the instant after which the call must not be put on the wire. A
	// process that was paused between its claim and its call finds the permit expired.
	NotAfter time.Time
}

type permitted struct{}

// WithPermit returns a context under which mutating calls that take no Permit are not put on
// the wire after its end. The zero Permit takes the bound away again.
func WithPermit(ctx context.Context, permit Permit) context.Context {
	return context.WithValue(ctx, permitted{}, permit)
}

// PermitOf is what WithPermit has bounded ctx by; zero is no bound.
func PermitOf(ctx context.Context) Permit {
	permit, _ := ctx.Value(permitted{}).(Permit)
	return permit
}
