// Signed tokens (RFC 7519), and what makes Dovecot judge them by itself.
// Must not be taken for a provider: OAuthServer is one, and may sign with this key.

import Foundation
import TLS

enum BearerToken {
    static let keyText = "a key that only this test knows."
    private static let key = Array(keyText.utf8)

    /// For an hour, for this user.
    static func signed(for user: String) throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        let header = part(#"{"alg":"HS256","typ":"JWT"}"#)
        let claims = part(#"{"sub":"\#(user)","email":"\#(user)","iat":\#(now - 60),"exp":\#(now + 3_600)}"#)
        let signature = SHA256.code(of: Array("\(header).\(claims)".utf8), key: key) ?? []
        return "\(header).\(claims).\(urlSafe(Data(signature)))"
    }

    private static func part(_ json: String) -> String { urlSafe(Data(json.utf8)) }

    private static func urlSafe(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The key, where Dovecot looks for it.
    static func write(in folder: Folder) throws {
        let keys = try folder.folder("keys").folder("default").folder("HS256")
        try keys.write("default", Data(key).base64EncodedString())
        let settings = """
            introspection_mode = local
            local_validation_key_dict = fs:posix:prefix=\(folder["keys"])/
            username_attribute = email

            """
        try folder.write("oauth2.conf", settings)
    }

    static func passdb(_ folder: Folder) -> String {
        """
        passdb {
          driver = oauth2
          mechanisms = xoauth2 oauthbearer
          args = \(folder["oauth2.conf"])
        }
        """
    }
}
