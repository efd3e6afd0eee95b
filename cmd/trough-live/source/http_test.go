package source

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trough.internal/models/settings"
)

const token = "wJalrXUtnFEMI"

// client has a connection's defaults where it says nothing.
func client(t testing.TB, c Connection) *Client {
	t.Helper()
	set := c
	settings.Defaults(&set)
	set.CAFile, set.CertFile, set.KeyFile, set.TokenFile, set.User = c.CAFile, c.CertFile, c.KeyFile, c.TokenFile, c.User
	if c.Timeout > 0 {
		set.Timeout = c.Timeout
	}
	if c.SizeMax > 0 {
		set.SizeMax = c.SizeMax
	}
	made, err := set.Client(func(name string) string { return name })
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestASecretIsDotsHoweverItIsWritten(t *testing.T) {
	type outer struct {
		inner Secret
		Shown Secret
	}
	s := NewSecret(token)
	text, _ := json.Marshal(outer{s, s})
	var lines strings.Builder
	slog.New(slog.NewTextHandler(&lines, nil)).Info("text", "secret", s, "outer", outer{s, s})
	slog.New(slog.NewJSONHandler(&lines, nil)).Info("json", "secret", s, "outer", &outer{s, s})
	yaml, _ := settings.Encode(struct {
		Token Secret `set:"token"`
	}{s})
	written := fmt.Sprintf("%s %v %+v %#v %q %x %d %s", s, s, s, s, s, s, s, errors.New(s.String())) +
		fmt.Sprintf("%v %+v %#v %s", outer{s, s}, &outer{s, s}, outer{s, s}, []Secret{s}) + string(text) + lines.String() + string(yaml)
	if strings.Contains(written, token) || strings.Contains(written, fmt.Sprintf("%x", token)) || !strings.Contains(written, dots) {
		t.Errorf("it is told: %s", written)
	}
	if s.Reveal() != token || (Secret{}).Reveal() != "" {
		t.Error("who needs it does not get it")
	}
}

// TestATokenIsSentAndNotTold: by a server that repeats it wherever it can.
func TestATokenIsSentAndNotTold(t *testing.T) {
	status, got := 200, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"status": "error", "error": "not for %s"}`, got)
	}))
	defer server.Close()
	name := file(t, " "+token+"\n")
	c := client(t, Connection{TokenFile: name})
	data, err := c.Get(context.Background(), server.URL)
	if err != nil || got != "Bearer "+token || strings.Contains(string(data), token) {
		t.Errorf("%s was sent, %s answered, %v", got, data, err)
	}
	if _, err := (&Prometheus{Query: PrometheusQuery(c, server.URL), Asked: figures()}).Query(context.Background(), "x"); err != nil {
		t.Error(err)
	}
	status = 401
	if _, err := c.Get(context.Background(), server.URL+"?key="+token); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("refused: %v", err)
	}
	status = 200
	c = client(t, Connection{TokenFile: name, User: "trough"})
	if data, err := c.Get(context.Background(), server.URL); err != nil || !strings.HasPrefix(got, "Basic ") {
		t.Errorf("%s was sent, %s, %v", got, data, err)
	}
	os.WriteFile(name, []byte("another-one"), 0o600)
	if _, err := client(t, Connection{TokenFile: name}).Get(context.Background(), server.URL); err != nil || got != "Bearer another-one" {
		t.Errorf("the file changed: %s was sent, %v", got, err)
	}
	for text, want := range map[string]string{"short": "at least 8", "": "at least 8", "two lines\nof text": "one line"} {
		if _, err := client(t, Connection{TokenFile: file(t, text)}).Get(context.Background(), server.URL); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q as a token: %v", text, err)
		}
	}
	if _, err := client(t, Connection{TokenFile: "nosuch"}).Get(context.Background(), server.URL); err == nil || err.Error() != "nosuch: no such file or directory" {
		t.Errorf("no file: %v", err)
	}
}

func TestATokenIsNotSentInTheClear(t *testing.T) {
	c := client(t, Connection{TokenFile: file(t, token)})
	if _, err := c.Get(context.Background(), "http://encoding.invalid:8080/queue"); err == nil || !strings.Contains(err.Error(), "expected https") {
		t.Errorf("%v", err)
	}
}

func TestNoRedirectIsFollowedSoThatNoTokenGoesElsewhere(t *testing.T) {
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	if _, err := client(t, Connection{TokenFile: file(t, token)}).Get(context.Background(), server.URL); err == nil || asked {
		t.Errorf("another host was asked: %t, %v", asked, err)
	}
}

// TestAServerIsKnownByItsCertificateAndKnowsUsByOurs: the test server's own certificate signs itself.
func TestAServerIsKnownByItsCertificateAndKnowsUsByOurs(t *testing.T) {
	ours := ""
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ours = ""
		if len(r.TLS.PeerCertificates) > 0 {
			ours = r.TLS.PeerCertificates[0].Subject.String()
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are meant to fail
	server.StartTLS()
	server.TLS.ClientAuth = 1 // tls.RequestClientCert
	defer server.Close()
	authority := file(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	if _, err := client(t, Connection{}).Get(context.Background(), server.URL); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("signed by nobody: %v", err)
	}
	if _, err := client(t, Connection{CAFile: authority}).Get(context.Background(), server.URL); err != nil || ours != "" {
		t.Errorf("by whom it expects: %v, our certificate %q", err, ours)
	}
	cert, key := ownCertificate(t)
	c := client(t, Connection{CAFile: authority, CertFile: cert, KeyFile: key})
	if _, err := c.Get(context.Background(), server.URL); err != nil || ours != "CN=trough" {
		t.Errorf("our certificate: %q, %v", ours, err)
	}
	for _, wrong := range []Connection{{CAFile: "nosuch"}, {CAFile: file(t, "none")}, {CertFile: cert, KeyFile: cert}} {
		if _, err := wrong.Client(func(name string) string { return name }); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
	for _, half := range []Connection{{CertFile: cert}, {KeyFile: key}, {User: "trough"}} {
		if half.Check() == nil {
			t.Errorf("%+v is taken", half)
		}
	}
}

// TestAClockThatIsNotOursIsNoticed: with the limit of a minute, by the Date of the answer.
func TestAClockThatIsNotOursIsNoticed(t *testing.T) {
	sent := time.Date(2015, 10, 5, 12, 0, 0, 900e6, time.UTC)
	received := sent.Add(20 * time.Second)
	for ahead, want := range map[time.Duration]string{0: "", 15 * time.Second: "", -60 * time.Second: "", -62 * time.Second: "1m1s behind ours", 80 * time.Second: "",
		82 * time.Second: "1m1s ahead of ours", time.Hour: "59m39s ahead"} {
		date := sent.Truncate(time.Second).Add(ahead)
		if ahead < 0 {
			date = date.Add(time.Second)
		}
		err := CheckClock(date.Format(http.TimeFormat), sent, received, time.Minute)
		if (want == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), want) || !errors.Is(err, ErrClock)) {
			t.Errorf("%s ahead of when it was asked: %v, want %q", ahead, err, want)
		}
	}
	for _, date := range []string{"", "yesterday\n"} {
		if err := CheckClock(date, sent, received, time.Minute); !errors.Is(err, ErrClock) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Date %q: %v", date, err)
		}
	}
}

func TestAnAnswerThatIsTooLongOrTooLateIsNone(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			<-release
		}
		w.Write(make([]byte, 2000))
	}))
	defer server.Close()
	defer close(release)
	for size, good := range map[int64]bool{1999: false, 2000: true} {
		if data, err := client(t, Connection{SizeMax: size}).Get(context.Background(), server.URL); (err == nil) != good || good && len(data) != 2000 {
			t.Errorf("at most %d: %d bytes, %v", size, len(data), err)
		}
	}
	if _, err := client(t, Connection{Timeout: 10 * time.Millisecond}).Get(context.Background(), server.URL+"/late"); err == nil {
		t.Error("it answered")
	}
	if _, err := client(t, Connection{}).Get(context.Background(), "http://name:secret@127.0.0.1:1/"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a password is told: %v", err)
	}
}

func TestAddressesAreChecked(t *testing.T) {
	for address, good := range map[string]bool{"http://clouddriver:7002": true, "https://x/y": true, "clouddriver:7002": false, "ftp://x": false, "http://": false, "": false,
		"https://user:" + token + "@x/": false, "https://" + token + "@x": false, "http://x/%zz" + token: false} {
		if err := CheckAddress(address); (err == nil) != good || err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
