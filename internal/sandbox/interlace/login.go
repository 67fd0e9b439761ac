package interlace

// authorize gives a code, which works once and for ten minutes. The page that describes it
// prints the answer of another call; running clients read data.code.
func (h *Handler) authorize(c *call) (any, error) {
	return h.desk.Authorize(c.query("clientId"), c.query("state"))
}

// accessToken exchanges a code for tokens. Unlike in v1, no secret is asked for.
func (h *Handler) accessToken(c *call) (any, error) {
	var in struct{ ClientID, Code string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return h.desk.Exchange(in.ClientID, in.Code)
}

// refreshToken exchanges a refresh token for an access token. The refresh token stays.
func (h *Handler) refreshToken(c *call) (any, error) {
	var in struct{ ClientID, RefreshToken string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return h.desk.Refresh(in.ClientID, in.RefreshToken)
}
