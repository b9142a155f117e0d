//! Lambda function: the smallest one. If it answers, the deployment works.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), echo::Error> {
    echo::run().await
}
