package demo

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// summary ends the story: what has come true, and what to try next.
func (s *show) summary() {
	total := len(s.samples.ours())
	s.screen.heading("%s", s.screen.green("✓ Everything came true"))
	s.screen.say("  %d objects ready, %d payments approved (%s spent), nothing paid twice, every cent accounted for.",
		total, len(purchases), s.spent)
	if died := s.manager.restarts.Load(); died > 0 {
		s.screen.say("  The manager died %d times on the way, and nothing was paid twice all the same.", died)
	}
	s.screen.say("  Logs: %s", filepath.Join(workDir, "*.log"))
	title := "Look around, in another terminal"
	if !s.screen.tty {
		title = "In a terminal, make demo stays up until Ctrl-C. Then try"
	}
	s.screen.heading("%s", title)
	for _, line := range s.hints(kubectlCommand()) {
		s.screen.say("  %s", s.hint(line))
	}
}

// hint makes comments recede.
func (s *show) hint(line string) string {
	if strings.HasPrefix(line, "#") {
		return s.screen.dim(line)
	}
	return line
}

// hints are the commands to try next.
func (s *show) hints(kubectl string) []string {
	in := kubectl + " -n " + s.samples.namespace()
	var lines []string
	if path, err := filepath.Abs(s.cluster.kubeconfig); err == nil && s.cluster.kubeconfig != "" {
		lines = append(lines, "export KUBECONFIG="+quote(path))
	}
	if kubectl != "kubectl" {
		lines = append(lines, "make kubectl")
	}
	lines = append(lines, "", "# everything at a glance", in+" get cards", "")
	if s.dialect.field != "qitech" { // whose cards spend the account's money
		lines = append(lines, "# put 30.00 more on a card", in+` patch vc search-ads --type=merge -p '{"spec":{"funding":"150.00"}}'`, "")
	}
	return append(lines,
		"# freeze a card", in+` patch vc social-ads --type=merge -p '{"spec":{"state":"Frozen"}}'`, "",
		"# close a card", in+" delete vc video-ads", "",
		"# what the issuer saw of it", fmt.Sprintf("curl -s '%s'", s.sandbox.url("/sandbox/report?format=text")))
}

// kubectlCommand is how the user can call kubectl here.
func kubectlCommand() string {
	if _, err := exec.LookPath("kubectl"); err == nil {
		return "kubectl"
	}
	return "bin/kubectl"
}

// quote makes a path safe to paste into a shell.
func quote(path string) string {
	if strings.ContainsAny(path, " '\"$`\\") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
