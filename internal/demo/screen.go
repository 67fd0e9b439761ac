package demo

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// defaultWidth is assumed where the terminal does not say.
const defaultWidth = 120

// screen writes lines, and in a terminal keeps a block of live lines below them that is
// redrawn in place. Several goroutines may write.
type screen struct {
	out   io.Writer
	tty   bool
	width func() int

	mu    sync.Mutex
	block []string
}

func newScreen(out *os.File) *screen {
	fd := int(out.Fd())
	return &screen{out: out, tty: term.IsTerminal(fd) && os.Getenv("TERM") != "dumb", width: func() int {
		if width, _, err := term.GetSize(fd); err == nil && width > 0 {
			return width
		}
		return defaultWidth
	}}
}

// say writes a line above the live block.
func (s *screen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	block := s.block
	s.draw(nil)
	fmt.Fprintf(s.out, format+"\n", args...)
	s.draw(block)
}

// step announces the next act.
func (s *screen) step(format string, args ...any) {
	s.say("%s %s", s.cyan("▸"), s.bold(fmt.Sprintf(format, args...)))
}

// heading begins a part of the result.
func (s *screen) heading(format string, args ...any) {
	s.say("\n%s", s.bold(fmt.Sprintf(format, args...)))
}

// live replaces the live block. Without a terminal there is none.
func (s *screen) live(lines []string) {
	if !s.tty {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draw(lines)
}

// settle leaves the live block as it is and begins anew below it.
func (s *screen) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.block = nil
}

// draw moves up over the old block, clears it, and writes the new one.
func (s *screen) draw(lines []string) {
	if len(s.block) > 0 {
		fmt.Fprintf(s.out, "\x1b[%dA\x1b[J", len(s.block))
	}
	for _, line := range lines {
		fmt.Fprintln(s.out, line)
	}
	s.block = lines
}

func (s *screen) bold(text string) string  { return s.paint("1", text) }
func (s *screen) dim(text string) string   { return s.paint("2", text) }
func (s *screen) green(text string) string { return s.paint("32", text) }
func (s *screen) cyan(text string) string  { return s.paint("36", text) }

// paint colours text in a terminal, unless the user has asked for none.
func (s *screen) paint(code, text string) string {
	if !s.tty || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// fit cuts a line that would wrap.
func fit(line string, width int) string {
	runes := []rune(line)
	if len(runes) <= width || width < 2 {
		return line
	}
	return strings.TrimRight(string(runes[:width-1]), " ") + "…"
}
