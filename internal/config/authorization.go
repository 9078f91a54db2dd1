package config

// Authorization says what policies must grant.
type Authorization struct {
	// OneGrant lets a right on an inference profile suffice to call it. AWS asks for the foundation model in every
	// destination besides.
	OneGrant bool `yaml:"one-grant"`
}
