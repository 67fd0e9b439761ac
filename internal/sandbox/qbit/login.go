package qbit

// authorize gives a code, which works once and for ten minutes.
func (h *Handler) authorize(c *call) (any, error) {
	return h.desk.Authorize(c.query("clientId"), c.query("state"))
}

// accessToken exchanges a code and the client's secret for tokens.
func (h *Handler) accessToken(c *call) (any, error) {
	var in struct{ ClientID, ClientSecret, Code string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return h.desk.ExchangeWithSecret(in.ClientID, in.ClientSecret, in.Code)
}

// refreshToken exchanges a refresh token for an access token. The refresh token stays.
func (h *Handler) refreshToken(c *call) (any, error) {
	var in struct{ ClientID, RefreshToken string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return h.desk.Refresh(in.ClientID, in.RefreshToken)
}

// Expire ends every access token that was issued by login, as a rotated credential does.
func (h *Handler) Expire() { h.desk.Expire() }
