// The JSON that providers answer with: hostile until it is read.
// Must not tell what was in it when it makes no sense.

import FoundationEssentials
import HTTPClient

/// A number that some providers write as a text.
struct LenientNumber: Decodable {
    let value: Int

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self), number.isFinite, abs(number) < 1e15 {
            value = Int(number)
        } else if let text = try? container.decode(String.self), let number = Int(text) {
            value = number
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no number")
        }
    }
}

/// RFC 6749, 5.2.
private struct ErrorAnswer: Decodable {
    let error: String
    let error_description: String?
}

/// RFC 6749, 5.1.
private struct TokenAnswer: Decodable {
    let access_token: String
    let token_type: String
    let expires_in: LenientNumber?
    let refresh_token: String?
    let scope: String?
}

extension HTTPResponse {
    /// The answer of a status 200; anything else is the provider's error.
    func answer<Answer: Decodable>(_ type: Answer.Type, what: String) throws(OAuthFailure) -> Answer {
        guard status == 200 else { throw failure }
        guard let answer = try? JSONDecoder().decode(type, from: Data(body)) else {
            throw .malformed("\(what) makes no sense")
        }
        return answer
    }

    /// The error that a status other than 200 is.
    private var failure: OAuthFailure {
        if (400...499).contains(status), status != 429,
            let answer = try? JSONDecoder().decode(ErrorAnswer.self, from: Data(body))
        {
            let code = ProviderWords.line(answer.error)
            // What passes by itself (RFC 6749, 4.1.2.1, which some providers use here, too).
            if ["temporarily_unavailable", "server_error"].contains(code) { return .unavailable(code) }
            return .refused(code: code, words: ProviderWords.line(answer.error_description ?? ""))
        }
        return status == 429 || status >= 500
            ? .unavailable("status \(status)") : .malformed("status \(status) without an error in JSON")
    }

    var grant: Grant {
        get throws(OAuthFailure) {
            let answer = try answer(TokenAnswer.self, what: "the answer with the token")
            guard answer.token_type.lowercased() == "bearer" else {
                throw .malformed("the token is not of type Bearer")
            }
            guard let access = Secret(answer.access_token), !access.text.contains(" ") else {
                throw .malformed("the token makes no sense")
            }
            let lifetime = answer.expires_in.map { Duration.seconds(min(max($0.value, 0), Limits.longestLifetime)) }
            return Grant(
                accessToken: access,
                refreshToken: answer.refresh_token.flatMap(Secret.init),
                lifetime: lifetime ?? Limits.unknownLifetime,
                scope: answer.scope.map(ProviderWords.line)
            )
        }
    }
}
