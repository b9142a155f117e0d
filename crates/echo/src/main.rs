//! Lambda function: the smallest one. If it answers, the deployment works.

use echo::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    echo::run().await
}
