// Who refuses a token is named, with its address and its place in the settings.

import Foundation
import HTTPClient
import NIOCore
import NIOPosix
import OAuth
import Relay
import TLS
import Testing
import Tokens

@testable import popsieve

@Suite struct TokenStepTests {
    private struct Refusing: TokenSource {
        let failure: TokenFailure

        func token(
            of account: String,
            insteadOf refused: HeldSecret?,
            on loop: any EventLoop
        ) -> EventLoopFuture<HeldSecret> { loop.makeFailedFuture(failure) }
    }

    @Test(
        arguments: [
            ("status 500", true, "behind a proxy set http-proxy"),
            ("invalid_client: who are you?", true, "see that client-id, client-secret and tenant are those"),
            ("somebody has to sign in again: invalid_grant", false, "sign in: popsieve account renew me"),
        ]
    )
    func refused(_ reason: String, _ isTemporary: Bool, _ remedy: String) async throws {
        let folder = try TemporaryFolder()
        let key = try TokenKey(Array(String(repeating: "k", count: 64).utf8))
        let store = TokenStore(path: folder.path + "/tokens", keys: [key])
        try store.update { tokens in
            tokens["me"] = StoredToken(provider: "own", user: "me")
        }
        var provider = Settings.Provider(name: "own", clientID: "x")
        provider.token = HTTPURL("https://login.example/token")
        provider.places = Places(Place(file: "popsieve.yaml", line: 7, column: 3))
        let context = try ClientContext()
        let settings = TokenSettings(
            path: store.path,
            keys: [key],
            providers: [ConfiguredProvider(setting: provider, clientSecret: nil, context: context)]
        )
        let failure = TokenFailure(reason: reason, isTemporary: isTemporary)
        let step = TokenStep(Refusing(failure: failure), settings, on: MultiThreadedEventLoopGroup.singleton.next())
        let complaint = await #expect(throws: Complaint.self) { _ = try await step.token(of: "me") }
        #expect(complaint?.sentence == "own (https://login.example/token) gives no token for me: \(reason)")
        #expect(complaint?.remedy?.contains(remedy) == true)
        #expect(!isTemporary || complaint?.remedy?.contains("under oauth (popsieve.yaml:7:3)") == true)
    }
}
