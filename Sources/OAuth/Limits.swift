// The bounds of signing in and refreshing, each with its reason.
// Values only.

enum Limits {
    /// Octets of a token or a code: those of Microsoft have some 3,000, with many groups a few thousand more.
    static let token = 16_384

    /// Characters of a provider's words that are shown.
    static let words = 200

    /// How long an access token counts where the provider does not say it (RFC 6749, 5.1, leaves it open).
    static let unknownLifetime = Duration.seconds(3600)

    /// The longest lifetime that is believed: 90 days.
    static let longestLifetime = 90 * 86_400

    /// How long a person may take to sign in.
    static let signIn = Duration.seconds(900)

    /// Between two questions whether a person has entered the code (RFC 8628, 3.2), at least and at most.
    static let interval = 5
    static let longestInterval = 300

    /// Octets of what a browser sends to the loopback address.
    static let redirect = 32_768

    /// Connections of browsers, of which one brings the code; others ask for icons.
    static let redirects = 64
}
