//go:build !unix

package endurance

import . "github.com/onsi/ginkgo/v2"

func (p *process) pause() { Skip("this system cannot pause a process") }

func (p *process) resume() {}
