package github

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// parseKey reads an App's private key. GitHub issues PKCS#1, and tools that store keys often convert to PKCS#8. Its
// errors say what was given instead and repeat none of it.
func parseKey(text []byte) (*rsa.PrivateKey, error) {
	// Environment variables often hold the key in one line.
	text = bytes.ReplaceAll(bytes.TrimSpace(text), []byte(`\n`), []byte("\n"))
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("must be PEM: the whole file that GitHub made, from -----BEGIN to -----END, with its line breaks")
	}
	switch {
	case block.Headers["Proc-Type"] != "" || block.Type == "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("is encrypted; decrypt it first")
	case block.Type == "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("is damaged: not PKCS#1 although it says RSA PRIVATE KEY")
		}
		return key, nil
	case block.Type == "PRIVATE KEY":
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("is damaged: not PKCS#8 although it says PRIVATE KEY")
		}
		key, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, errors.New("is no RSA key; those of GitHub Apps are")
		}
		return key, nil
	}
	return nil, fmt.Errorf("must be an RSA private key, this is %.40q", block.Type)
}

// appKey signs the JSON web tokens that an App acts with.
type appKey struct {
	issuer string // the App's id or client id
	key    *rsa.PrivateKey
	now    func() time.Time
}

// GitHub refuses a JSON web token that was issued in the future or ends in more than ten minutes, by its clock. The
// values tolerate clocks that differ a little.
// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
const (
	jwtBackdated = time.Minute
	jwtLasts     = 9 * time.Minute
)

// Token implements TokenSource. It does not cache, because signing takes a millisecond and such requests are few.
func (k *appKey) Token(context.Context) (string, error) {
	now := k.now()
	claims, err := json.Marshal(struct {
		IAT int64  `json:"iat"`
		EXP int64  `json:"exp"`
		ISS string `json:"iss"`
	}{now.Add(-jwtBackdated).Unix(), now.Add(jwtLasts).Unix(), k.issuer})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, k.key, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign as App: %w", err)
	}
	return text + "." + encode(signature), nil
}
