package assets

import (
	"bytes"
	"sync"
)

// lineCounter keeps what `go build -v` writes, one package a line, and counts it.
type lineCounter struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (c *lineCounter) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

// Count is the number of packages compiled so far: lines that are not about downloads.
func (c *lineCounter) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.text.Bytes()
	return bytes.Count(text, []byte("\n")) - bytes.Count(text, []byte("go: "))
}

// Tail is the end of what was written, where a failure explains itself.
func (c *lineCounter) Tail() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return tail(c.text.Bytes(), tailLines)
}
