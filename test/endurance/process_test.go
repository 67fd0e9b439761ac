package endurance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// process is a program that runs, or ran.
type process struct {
	name    string
	session *gexec.Session
}

// start runs a program. Whatever becomes of the spec, it ends with it; a spec that was
// interrupted starts none.
func start(spec context.Context, name, dir string, cmd *exec.Cmd) *process {
	GinkgoHelper()
	Expect(spec.Err()).NotTo(HaveOccurred(), "interrupted")
	file, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	Expect(err).NotTo(HaveOccurred())
	alone(cmd)
	session, err := gexec.Start(cmd, file, file)
	Expect(err).NotTo(HaveOccurred())
	p := &process{name: name, session: session}
	_, _ = fmt.Fprintf(file, "--- %s %s pid %d\n", time.Now().UTC().Format(time.RFC3339Nano), name, cmd.Process.Pid)
	DeferCleanup(func() { p.kill(); _ = file.Close() })
	return p
}

// kill ends it with SIGKILL. A process that is paused dies of it too.
func (p *process) kill() {
	p.session.Kill()
	Eventually(p.session.Exited).WithTimeout(30*time.Second).Should(BeClosed(), p.name+" does not die")
}

// ended reports whether it is no more.
func (p *process) ended() bool { return p.session.ExitCode() != -1 }

func (p *process) said() string {
	return string(p.session.Out.Contents()) + string(p.session.Err.Contents())
}

// leads reports whether it has won the lease. A manager that loses it ends.
func (p *process) leads() bool {
	return !p.ended() && strings.Contains(strings.ToLower(p.said()), "successfully acquired lease")
}

// startManager runs the operator.
func startManager(spec context.Context, name, dir string, b *bank, args ...string) *process {
	GinkgoHelper()
	return start(spec, name, dir, exec.Command(programs.manager, append([]string{"--kubeconfig=" + kubeconfig,
		"--allowed-issuer-hosts=" + b.host(), "--health-probe-bind-address=0", "--metrics-bind-address=0"}, args...)...))
}
