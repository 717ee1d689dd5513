package shop

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// codeIn waits for a mail, and returns the code in it. `dsmtpd run` has started a server without mails, so one that is
// there already is a mail of these tests, too: --after 0.
func codeIn(t *testing.T, query string) string {
	t.Helper()
	command := exec.Command("dsmtpd", "wait", query, "--after", "0", "--timeout", "10s", "--print", "code")
	command.Stderr = os.Stderr
	printed, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v", command, err)
	}
	return strings.TrimSpace(string(printed))
}

func TestTheCodeInTheMailConfirmsTheAddress(t *testing.T) {
	shop := New()
	if err := shop.SignUp("bob@example.com"); err != nil {
		t.Fatal(err)
	}
	if shop.Confirm("bob@example.com", "000") {
		t.Error("a wrong code is taken")
	}
	if code := codeIn(t, "to:bob@example.com"); !shop.Confirm("bob@example.com", code) {
		t.Errorf("the code %q of the mail is not taken", code)
	}
}
