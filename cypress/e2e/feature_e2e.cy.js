// A raw event goes in; its value comes onto the page of its user by itself, and its quality report is a click away.
describe("a feature, end to end", () => {
  it("shows a fresh payment and its report", () => {
    const user = `fresh-${Cypress._.random(1e9)}`;
    const amount = Cypress._.random(100, 4_000_000) / 100;
    const event = {
      event_type: "payment_success", user_id: user, item_id: "i1", category: "books",
      quantity: 1, amount, country: "DE", timestamp: Date.now(),
    };
    cy.visit(`/features/user/${user}`, { failOnStatusCode: false }); // 404: not known yet
    cy.get("#live").should("contain.text", "No features for this user");
    cy.task("publish", { topic: "orders", key: "user_id", event });
    cy.get('[data-testid="feature-user_last_payment_amount"] .feature-value', { timeout: 60_000 })
      .should("have.text", String(amount));
    cy.get('[data-testid="feature-user_last_payment_amount"] .quality-report-link').click();
    cy.location("pathname").should("eq", "/quality/user_last_payment_amount");
    cy.get(".report-image").should("be.visible").and(($image) => {
      expect($image[0].naturalWidth).to.be.greaterThan(0);
    });
  });
});
