// The bounds of requests and their responses, each with its reason.
// Values only.

import NIOCore

enum Limits {
    /// Octets of a URL: providers' answers hold some, and codes in them may be long.
    static let url = 8_192

    /// Octets of a response's header; those of providers have two to four thousand.
    static let header = 32_768

    /// Heads of responses that only announce another (1xx).
    static let announcements = 8

    /// Octets of a body, unless the request says otherwise: tokens and descriptions of providers have a few thousand.
    static let body = 131_072

    /// For all of a request, from the name's look-up to the last octet.
    static let patience = TimeAmount.seconds(30)
}
