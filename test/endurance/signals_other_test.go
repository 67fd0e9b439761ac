//go:build !unix

package endurance

import (
	"os/exec"

	. "github.com/onsi/ginkgo/v2"
)

func alone(*exec.Cmd) {}

func (p *process) pause() { Skip("this system cannot pause a process") }

func (p *process) resume() {}
