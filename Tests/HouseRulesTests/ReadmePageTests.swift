// README's pages whose tables name tests: each is there.
// Must not judge whether a test is good.

import Testing

@Suite("README's pages that name tests")
struct ReadmePageTests {
    @Test(
        "each attack, and each fault, names its tests, and these exist",
        arguments: ["Security", "When something fails"]
    )
    func tests(title: String) throws {
        let page = try ReadmePage(title)
        #expect(page.named.count > 10)
        page.checkTests()
    }
}
