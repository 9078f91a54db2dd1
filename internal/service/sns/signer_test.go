package sns

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // what SignatureVersion 1 is
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"github.com/outcrop/outcrop/internal/awswire"
)

func checkSHA1(cert *x509.Certificate, text string, signature []byte) error {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // as above
	return rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA1, sum[:], signature)
}

func TestTheCertificateIsServed(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]int{h.signer.path: 200, namePrefix + "0.pem": 404} {
		r := httptest.NewRequest("GET", path, nil)
		w := httptest.NewRecorder()
		h.Certificates().Serve(w, &awswire.Call{Request: r, Header: w.Header()})
		if w.Code != want || want == 200 && !bytes.Equal(w.Body.Bytes(), h.signer.pem) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestTheKeyIsSealedAtRest(t *testing.T) {
	h := newHouse(t)
	docs, _, err := h.store.Documents(t.Context(), collection)
	if err != nil || len(docs) != 1 || bytes.Contains(docs[0].Body, []byte("PRIVATE KEY")) {
		t.Errorf("%d documents, %v", len(docs), err)
	}
}

func TestDamagedKeysAreRefused(t *testing.T) {
	for _, text := range []string{"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if s, err := readSigner([]byte(text)); err == nil {
			t.Errorf("%q: %+v", text, s)
		}
	}
}
