package sns

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // SignatureVersion 1 is SHA-1; version 2 is not
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/store"
)

// signer signs messages, and shows the certificate that proves it.
type signer struct {
	key  *rsa.PrivateKey
	pem  []byte // the certificate
	path string // where the certificate is served
}

const (
	keyPurpose = "sns/signing-key"
	keyBits    = 2048
	keyLife    = 10 * 365 * 24 * time.Hour
	namePrefix = "/SimpleNotificationService-"
)

// openSigner takes the key that is stored, or makes one. The caller holds mu.
func (s *Server) openSigner(ctx context.Context) error {
	if s.state.key == nil {
		text, err := newSigningKey(s.opt.Now())
		if err != nil {
			return fmt.Errorf("cannot make a key to sign messages with: %w", err)
		}
		doc := store.Document{Kind: keyKind, Key: "current", Body: s.opt.Ring.Seal(keyPurpose, text)}
		if err := s.commit(ctx, store.DocumentChange{Document: doc}); err != nil {
			return fmt.Errorf("cannot keep the key that messages are signed with: %w", err)
		}
	}
	text, err := s.opt.Ring.Open(keyPurpose, s.state.key)
	if err != nil {
		return fmt.Errorf("cannot open the key that messages are signed with: %w", err)
	}
	s.signer, err = readSigner(text)
	return err
}

// newSigningKey is a private key and a certificate for it, in PEM.
func newSigningKey(now time.Time) ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "sns.outcrop"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(keyLife), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})...), nil
}

func readSigner(text []byte) (*signer, error) {
	private, rest := pem.Decode(text)
	cert, _ := pem.Decode(rest)
	if private == nil || cert == nil {
		return nil, fmt.Errorf("the key that messages are signed with is damaged: found no two blocks of PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(private.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the key that messages are signed with is damaged: %w", err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the key that messages are signed with is damaged: it is a %T", parsed)
	}
	sum := sha256.Sum256(cert.Bytes)
	return &signer{key: key, pem: pem.EncodeToMemory(cert), path: namePrefix + hex.EncodeToString(sum[:16]) + ".pem"}, nil
}

// sign fills the signature of an envelope. Version 1 is RSA over SHA-1, version 2 over SHA-256.
func (s *signer) sign(e *envelope, version string) {
	e.SignatureVersion = "1"
	text := []byte(canonical(e))
	hash, sum := crypto.SHA1, []byte(nil)
	if version == "2" {
		e.SignatureVersion = version
		full := sha256.Sum256(text)
		hash, sum = crypto.SHA256, full[:]
	} else {
		short := sha1.Sum(text) //nolint:gosec // see above
		sum = short[:]
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, hash, sum)
	if err != nil {
		panic("BUG: a message cannot be signed: " + err.Error())
	}
	e.Signature = base64.StdEncoding.EncodeToString(signature)
}

// canonical is what is signed: names and values of some members, each on a line of its own, in the order of their names.
func canonical(e *envelope) string {
	var b strings.Builder
	add := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	add("Message", e.Message)
	add("MessageId", e.MessageID)
	if e.Type == notificationType && e.Subject != "" {
		add("Subject", e.Subject)
	}
	if e.Type == confirmationType {
		add("SubscribeURL", e.SubscribeURL)
	}
	add("Timestamp", e.Timestamp)
	if e.Type == confirmationType {
		add("Token", e.Token)
	}
	add("TopicArn", e.TopicARN)
	add("Type", e.Type)
	return b.String()
}

// Certificates serves the certificate that messages name. It needs no credential.
func (s *Server) Certificates() *awswire.Service {
	return awswire.NewService("sns", awswire.RESTJSON{}, awswire.Operation{
		Name: CertificateOperation, Method: "GET", Path: namePrefix + "{name}",
		Handle: func(_ context.Context, r *awswire.Request, w *awswire.Response) error {
			if namePrefix+r.Label("name") != s.signer.path {
				return notFound("Certificate")
			}
			w.Header().Set("Content-Type", "application/x-pem-file")
			return w.Bytes(200, s.signer.pem)
		},
	})
}

// CertificateOperation is what the request for a certificate is called.
const CertificateOperation = "GetSigningCertificate"

// attributeOf is an attribute as envelopes have it.
func attributeOf(v api.MessageAttributeValue) attribute {
	a := attribute{Type: v.DataType, Value: base64.StdEncoding.EncodeToString(v.BinaryValue)}
	if v.StringValue != nil {
		a.Value = *v.StringValue
	}
	return a
}
