package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const longToken = "a token of more than 16 characters"

// certify writes a certificate of a number, and its key, and returns who trusts it.
func certify(t *testing.T, dir string, number int64) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: "driver"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	own, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"certificate": {Type: "CERTIFICATE", Bytes: made}, "key": {Type: "EC PRIVATE KEY", Bytes: own}} {
		if err := replaceFile(filepath.Join(dir, name), pem.EncodeToMemory(block)); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(made)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool
}

// exposed is a driver's board that other hosts reach, and how to ask it.
func exposed(t *testing.T) (*board, string) {
	t.Helper()
	_, b := drill(t, 3)
	b.config.Listen, b.config.TLS = "0.0.0.0:0", &TLS{Certificate: "certificate", Key: "key"}
	if err := os.WriteFile(b.config.path("token"), []byte(longToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	certify(t, b.config.dir, 1)
	var address string
	stop, err := b.serve(slog.New(keeping{slog.DiscardHandler, &address}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	_, port, _ := net.SplitHostPort(address)
	return b, "127.0.0.1:" + port
}

// get asks with a new connection, and says which certificate answered.
func get(t *testing.T, trust *x509.CertPool, address, path, token string) (status int, text string, number int64) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: trust, MaxVersion: tls.VersionTLS12}}}
	r, err := http.NewRequest("GET", "https://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), answer.TLS.PeerCertificates[0].SerialNumber.Int64()
}

func TestOtherHostsSeeHealthAndNoMoreWithoutTheToken(t *testing.T) {
	b, address := exposed(t)
	trust := certify(t, b.config.dir, 2)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 401, "/stops": 401, "/nothing": 404} {
		if status, text, _ := get(t, trust, address, path, ""); status != want {
			t.Errorf("%s: %d, want %d: %s", path, status, want, text)
		}
	}
	for _, path := range []string{"/metrics", "/stops"} {
		if status, text, _ := get(t, trust, address, path, longToken+"!"); status != 401 || strings.Contains(text, longToken) {
			t.Errorf("%s with a wrong token: %d: %s", path, status, text)
		}
		if status, _, _ := get(t, trust, address, path, longToken); status != 200 {
			t.Errorf("%s with the token: %d", path, status)
		}
	}
	plain, err := http.Get("http://" + address + "/healthz")
	if err == nil && plain.StatusCode == 200 {
		t.Error("it speaks plain text, too")
	}
	if _, err := tls.Dial("tcp", address, &tls.Config{RootCAs: trust, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("it speaks TLS 1.1")
	}
}

func TestACertificateIsRenewedWithoutARestart(t *testing.T) {
	b, address := exposed(t)
	for number := int64(5); number < 8; number++ {
		trust := certify(t, b.config.dir, number)
		if _, _, got := get(t, trust, address, "/healthz", ""); got != number {
			t.Errorf("certificate %d answers, want %d", got, number)
		}
		if err := os.WriteFile(b.config.path("certificate"), []byte("half written"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, got := get(t, trust, address, "/healthz", ""); got != number {
			t.Errorf("while it is being replaced certificate %d answers, want %d", got, number)
		}
	}
}

func TestWhatOthersReachHasACertificateAndALongToken(t *testing.T) {
	_, b := drill(t, 1)
	c := b.config
	for _, listen := range []string{"0.0.0.0:9461", ":9461", "10.0.0.1:9461", "[::]:9461"} {
		c.Listen, c.TLS = listen, nil
		if err := c.checkListen(); err == nil || !strings.Contains(err.Error(), "which other hosts reach") {
			t.Errorf("%s without a certificate: %v", listen, err)
		}
		c.TLS = &TLS{Certificate: "certificate", Key: "key"}
		if err := c.checkListen(); err != nil {
			t.Errorf("%s: %v", listen, err)
		}
		token := c.TokenFile
		c.TokenFile = ""
		if c.checkListen() == nil {
			t.Errorf("%s without a token", listen)
		}
		c.TokenFile = token
	}
	for _, listen := range []string{"9461", "driver:9461"} {
		c.Listen = listen
		if c.checkListen() == nil {
			t.Errorf("%s is taken for an address", listen)
		}
	}
	certify(t, c.dir, 1)
	c.Listen = "0.0.0.0:0"
	if _, err := c.listener(slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "the token has 6 characters: expected at least 16") {
		t.Errorf("a short token: %v", err)
	}
	c.Listen, c.TLS.Key = "127.0.0.1:0", "nosuch"
	if _, err := c.listener(slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a key that is not there")
	}
}

func TestRequestsAreBounded(t *testing.T) {
	_, b := drill(t, 1)
	b.config.Listen = "127.0.0.1:0"
	var address string
	stop, err := b.serve(slog.New(keeping{slog.DiscardHandler, &address}))
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	r, _ := http.NewRequest("GET", "http://"+address+"/healthz", nil)
	r.Header.Set("X", strings.Repeat("x", 1<<17))
	if answer, err := http.DefaultClient.Do(r); err != nil || answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a long header: %v, %v", answer, err)
	}
	held, free := make(chan bool), make(chan bool)
	h := atMost(2, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { held <- true; <-free }))
	ask := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Code
	}
	for range 2 {
		go ask()
		<-held
	}
	if status := ask(); status != http.StatusServiceUnavailable {
		t.Errorf("the third at once: %d", status)
	}
	close(free)
}

// TestSlowClientsAreLeft: who sends half a header is not waited for.
func TestSlowClientsAreLeft(t *testing.T) {
	if os.Getenv("TROUGH_LONG") == "" {
		t.Skip("it takes as long as the limit, five seconds: TROUGH_LONG=1")
	}
	_, b := drill(t, 1)
	b.config.Listen = "127.0.0.1:0"
	var address string
	stop, err := b.serve(slog.New(keeping{slog.DiscardHandler, &address}))
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost:")
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if text, err := io.ReadAll(conn); err != nil || strings.Contains(string(text), "200 OK") {
		t.Errorf("%q, %v", text, err)
	}
}

// TestTheServiceManagerIsTold: ready with the first evaluation, alive with each, and stopping at the end.
func TestTheServiceManagerIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	drill(t, 2)
	var told []string
	buffer := make([]byte, 4096)
	for range 3 {
		manager.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := manager.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, string(buffer[:n]))
	}
	if !strings.HasPrefix(told[0], "READY=1\nWATCHDOG=1\nSTATUS=evaluation 1 of ") || !strings.HasPrefix(told[1], "READY=1\nWATCHDOG=1\nSTATUS=evaluation 2 of ") || told[2] != "STOPPING=1" {
		t.Errorf("%q", told)
	}
	notifier{"/nosuch"}.tell("READY=1") // nobody there
}
