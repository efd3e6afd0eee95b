package source

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Getter returns a function that gets a document by HTTP, in so much time and of so many bytes at most. It follows no redirect, and
// takes no answer but 200.
func Getter(address string, timeout time.Duration, sizeMax int64) func(context.Context) ([]byte, error) {
	client := &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	shown := address
	if u, err := url.Parse(address); err == nil {
		shown = u.Redacted()
	}
	return func(ctx context.Context) ([]byte, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Accept", "application/json")
		answer, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: status %d: expected 200", shown, answer.StatusCode)
		}
		data, err := io.ReadAll(io.LimitReader(answer.Body, sizeMax+1))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", shown, err)
		}
		if int64(len(data)) > sizeMax {
			return nil, fmt.Errorf("%s: more than %d bytes", shown, sizeMax)
		}
		return data, nil
	}
}

// CheckAddress refuses what is no address of a server.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("expected an address such as http://clouddriver:7002")
	}
	return nil
}
